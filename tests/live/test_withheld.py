"""A number that is withheld, in whatever form: it is not used, not shown, not logged, not kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from ivr.callers.changes import GiveGrant
from tests.live.busy import BusyPhone
from tests.live.conftest import Engines
from tests.live.floor import Caller, Floor, fresh_number
from tests.live.real import Engine, e164


@pytest.fixture(scope="module")
def engine(engines: Engines) -> Engine:
    return engines("talks.yaml", mask_numbers="false")


@pytest.fixture
def phone(floor: Floor) -> Iterator[BusyPhone]:
    busy = BusyPhone(floor.asterisk.phones)
    yield busy
    busy.close()


@dataclass(frozen=True)
class Form:
    """How a call arrives; `{}` is the number that the caller does not show."""

    sender: str
    headers: dict[str, str] = field(default_factory=dict)


_FORMS = {
    "anonymous": Form('"Anonymous" <sip:anonymous@anonymous.invalid>'),
    "asserted to the trunk only": Form(
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        {"P-Asserted-Identity": "<sip:{}@carrier.example>", "Privacy": "id"},
    ),
    "asserted, and in From too": Form(
        '"Dana {}" <sip:{}@carrier.example>',
        {"P-Asserted-Identity": '"Dana {}" <sip:{}@carrier.example>', "Privacy": "id"},
    ),
    "Privacy alone": Form('"Dana {}" <sip:{}@carrier.example>', {"Privacy": "id"}),
    "Privacy among others": Form("<sip:{}@carrier.example>", {"Privacy": "header;id;critical"}),
    "Privacy of the user": Form("<sip:{}@carrier.example>", {"Privacy": "user"}),
    "Remote-Party-ID": Form(
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        {"Remote-Party-ID": "<sip:{}@carrier.example>;party=calling;privacy=full;screen=yes"},
    ),
    "no user part": Form("<sip:carrier.example>"),
}


def _place(floor: Floor, number: str, place: int, form: Form) -> Caller:
    call = floor.call(
        f"18003000{place:02}",
        engine=floor.real.address,
        from_header=form.sender.replace("{}", number),
        headers={name: text.replace("{}", number) for name, text in form.headers.items()},
    )
    return Caller(floor, call, "")


def _lend_phone(floor: Floor, queue: str, place: int) -> None:
    """Let an agent more have the same telephone: each caller is offered to one of them."""
    floor.agent(
        queue,
        f"PJSIP/phone/sip:{place}@{floor.asterisk.phones}:5060",
        f"Agent {place}",
        StateInterface=f"Local/stay_{place}@agents",
    )


def test_a_withheld_number_is_nowhere(floor: Floor, phone: BusyPhone) -> None:
    numbers = {name: fresh_number() for name in (*_FORMS, "shown")}
    floor.real.know_all({number: GiveGrant("golden-beam") for number in numbers.values()})
    for place in range(len(_FORMS)):
        _lend_phone(floor, "talks-main", place)
    _lend_phone(floor, "talks-vips", len(_FORMS))
    shown = floor.caller("1800400001", number=numbers["shown"])
    callers = {
        name: _place(floor, numbers[name], place, form)
        for place, (name, form) in enumerate(_FORMS.items())
    }
    shown.queued("talks-vips")
    for caller in callers.values():
        caller.queued("talks-main")
        caller.event("AgentCalled")
    told = phone.wait(len(callers) + 1)
    for caller in (shown, *callers.values()):
        caller.hang_up()
        caller.gone()
    (contact,) = floor.real.contacts(shown.uniqueid)
    assert contact.tier == "vip", "a number that is shown is used"
    assert any(numbers["shown"] in invite for invite in told)
    for name, caller in callers.items():
        _left_no_trace(floor, name, numbers[name][1:], caller, told)
    assert floor.real.metric("ivr_callers_degraded_total", reason="withheld") == len(callers)


def _left_no_trace(floor: Floor, name: str, digits: str, caller: Caller, told: list[str]) -> None:
    engine, queue_log = floor.real, floor.asterisk.read("queue_log")
    (decision,) = caller.log("IVRDECISION")
    assert decision[7:9] == ["regular", "everyone"], name
    engine.wait_log(lambda e: (e["event"], e.get("linkedid")) == ("contact", caller.uniqueid))
    assert engine.rows(
        "SELECT number, tier FROM contacts WHERE linked_id = ?", caller.uniqueid
    ) == [(None, "regular")], name
    for where, text in {
        "queue_log": queue_log,
        "the call detail record": str(caller.cdr()),
        "the engine's log": str(engine.log),
        "the engine's metrics": engine.get("/metrics")[1],
        "the agent's telephone": str(told),
        "the store's calls": str(engine.rows("SELECT * FROM open_calls"))
        + str(engine.rows("SELECT * FROM contacts")),
    }.items():
        assert digits not in text, f"{name}: {where} has the number"
    assert not engine.rows("SELECT 1 FROM contacts WHERE number = ?", e164("0" + digits))


def test_a_withheld_number_is_not_shown_without_the_engine_either(floor: Floor) -> None:
    floor.real.freeze()
    number = fresh_number()
    try:
        caller = _place(floor, number, 99, _FORMS["asserted, and in From too"])
        caller.queued(floor.fallback)
    finally:
        floor.real.thaw()
    caller.hang_up()
    assert number[1:] not in str(caller.cdr())
    assert number[1:] not in floor.asterisk.read("queue_log")
