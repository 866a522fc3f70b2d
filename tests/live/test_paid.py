"""The paid line with the real engine: who arrives there, and that nobody else does.

Each caller is one whom evidence, people and time brought to the last stage, through the store. That
no call went to the paid number is read from Asterisk's own call detail records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import pytest

from ivr.asterisk.queuelog import read_ended
from ivr.callers.changes import Change, OpenCase, SetShared
from ivr.callers.nuisance import Stage
from ivr.engine.endings import contacts
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from tests.live.ami import PATIENCE, Event
from tests.live.asterisk import Asterisk
from tests.live.conftest import Engines
from tests.live.floor import Caller, Floor, fresh_number
from tests.live.line import seconds_between
from tests.live.real import POLICIES, Engine, e164
from tests.live.sounds import lay_recordings

DIAL, REFER, REDIRECT, TELL, MUTE = (f"180070000{place}" for place in range(1, 6))
PAID = {entry: f"052999000{entry[-1]}" for entry in (DIAL, REFER, REDIRECT, TELL, MUTE)}
FREE, FAULTS = "paid-free", "paid-faults"

TOPICS, PRICE, AGREE, DECLINED = (
    f"ivr/paid-{name}" for name in ("topics", "price", "agree", "declined")
)


@pytest.fixture(scope="session")
def spoken(asterisk: Asterisk) -> None:
    lay_recordings(asterisk.root, POLICIES / "paid.yaml", but=["paid-unrecorded"])


@pytest.fixture(scope="module")
def engine(engines: Engines, spoken: None) -> Engine:
    return engines("paid.yaml")


def _nuisance(
    floor: Floor, entry: str = DIAL, *, reached: Stage = Stage.PAID, number: str = "",
    known: Change | None = None, engine: Engine | None = None, from_header: str = "",
    headers: dict[str, str] | None = None, on_refer: str = "", history: bool = True,
) -> Caller:  # fmt: skip
    """A call from a number with a history, up to the menu."""
    number = number or fresh_number()
    if history:
        (engine or floor.real).bring(reached, number)
    fill = {name: text.format(number) for name, text in (headers or {}).items()}
    return floor.caller(
        entry, number=number, known=known, engine=engine, headers=fill,
        from_header=from_header, on_refer=on_refer,
    )  # fmt: skip


def _hears(caller: Caller, sound: str, count: int = 1, seconds: float = PATIENCE) -> Event:
    """Wait until Asterisk begins to play him this for the `count`-th time."""
    found: list[Event] = []

    def wanted(event: Event) -> bool:
        if (event["Event"], event.get("Uniqueid")) == ("AGIExecStart", caller.uniqueid):
            found.extend([event] if f'"{sound}"' in event["Command"] else [])
        return len(found) >= count

    caller.line.manager.wait(wanted, seconds, f"{sound} for {caller.number}")
    return found[-1]


def _chooses(caller: Caller, key: str = "2") -> None:
    _hears(caller, TOPICS)
    caller.call.press(key)


def _agrees(caller: Caller, key: str = "5") -> None:
    _chooses(caller)
    _hears(caller, AGREE)
    caller.call.press(key)


def _calls_to(caller: Caller, number: str) -> list[dict[str, str]]:
    """Asterisk's records of this call that name the paid number, once he is gone."""
    caller.gone()
    return [row for row in caller.cdr() if any(number in value for value in row.values())]


def _was_free(caller: Caller) -> None:
    assert not _calls_to(caller, "529990"), caller.number
    assert [row[9] for row in caller.log("IVRDECISION")].count("paid") == 0


# He arrives. ----------------------------------------------------------------------------------


def test_who_agrees_arrives_with_his_own_number(floor: Floor) -> None:
    carrier = floor.carrier("answers")
    caller = _nuisance(floor)
    _agrees(caller)
    invite = carrier.wait("INVITE")
    assert invite.startswith(f"INVITE sip:{PAID[DIAL]}@")
    assert f"<sip:{caller.number}@" in next(
        row for row in invite.splitlines() if row.startswith("From:")
    )
    carrier.wait("ACK")
    assert seconds_between(_hears(caller, PRICE), _hears(caller, AGREE)) > 2, "the price, whole"
    caller.hang_up()
    carrier.wait("BYE")
    assert [row["disposition"] for row in _calls_to(caller, PAID[DIAL])] == ["ANSWERED"]
    (decided,) = caller.log("IVRDECISION")
    (consent,) = floor.real.rows("SELECT decision FROM consents WHERE decision = ?", decided[5])
    assert decided[7:10] == ["nuisance", "dial", "paid"]
    assert decided[11:] == ["dialled", "dial", *consent]
    (contact,) = floor.real.contacts(caller.uniqueid)
    assert (contact.number, contact.route) == (e164(caller.number), "dial")
    (written,) = caller.log("IVRENDED")
    read = read_ended("|".join(written) + "\n", contact.system)
    assert read is not None
    assert read.complete
    policy = open_policy(floor.real.routes)
    assert isinstance(policy, Policy)
    (again,) = contacts(read.ending, policy.zone, policy.nuisance, contact.ended)
    assert again == contact, "queue_log has all that the engine was told"


# He does not: nothing is offered. -------------------------------------------------------------


@dataclass(frozen=True)
class Protected:
    """Who is not even offered the line, and why."""

    key: str = "2"
    reached: Stage = Stage.PAID
    known: Change | None = None
    number: str = ""
    from_header: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    queue: str = FREE


_ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
_PROTECTED = {
    "an exempt topic": Protected(key="1", queue=FAULTS),
    "an open case": Protected(known=OpenCase("77", None, complex=False)),
    "withheld": Protected(
        from_header=_ANONYMOUS,
        headers={"P-Asserted-Identity": "<sip:{}@carrier.example>", "Privacy": "id"},
    ),
    "marked shared": Protected(known=SetShared(True)),
    "from a foreign number": Protected(number="+447700900123"),
    "one step short": Protected(reached=Stage.NOTICE_DUE),
    "forwarded": Protected(headers={"Diversion": "<sip:0541112223@carrier.example>"}),
}


def test_who_is_protected_is_offered_nothing(floor: Floor) -> None:
    callers = {
        who: _nuisance(
            floor, reached=each.reached, known=each.known, number=each.number,
            from_header=each.from_header, headers=each.headers,
        )
        for who, each in _PROTECTED.items()
    }  # fmt: skip
    for who, caller in callers.items():
        _chooses(caller, _PROTECTED[who].key)
    for who, caller in callers.items():
        caller.queued(_PROTECTED[who].queue)
        caller.hang_up()
        _was_free(caller)
        assert not _commands(caller, PRICE), who


def _commands(caller: Caller, sound: str) -> list[Event]:
    return caller.line.manager.find(
        lambda e: (
            (e["Event"], e.get("Uniqueid")) == ("AGIExecStart", caller.uniqueid)
            and sound in e["Command"]
        )
    )


# He does not: it is offered, and he does not agree. -------------------------------------------


def test_the_key_before_the_price_is_over_is_no_consent(floor: Floor) -> None:
    caller = _nuisance(floor)
    _chooses(caller)
    _hears(caller, PRICE)
    caller.call.ear.wait_loud(20)
    caller.call.press("5")
    _is_told_the_free_ways(caller)


def test_without_a_key_there_is_no_consent(floor: Floor) -> None:
    caller = _nuisance(floor)
    _chooses(caller)
    _is_told_the_free_ways(caller)


def test_another_key_is_no_consent(floor: Floor) -> None:
    caller = _nuisance(floor)
    _agrees(caller, "4")
    _is_told_the_free_ways(caller)


def _is_told_the_free_ways(caller: Caller) -> None:
    told = _hears(caller, DECLINED)
    assert seconds_between(told, caller.gone()) > 1, "never a plain cut"
    _was_free(caller)
    assert not caller.queues()


def test_an_appeal_leads_to_a_person(floor: Floor) -> None:
    caller = _nuisance(floor)
    _agrees(caller, "9")
    caller.queued(FREE)
    caller.hang_up()
    _was_free(caller)
    again = _nuisance(floor, number=e164(caller.number), history=False)
    _chooses(again)
    again.queued(FREE)
    again.hang_up()
    _was_free(again)
    assert not _commands(again, PRICE), "an appeal stops all"


def test_a_price_that_is_missing_is_no_price(floor: Floor) -> None:
    caller = _nuisance(floor, MUTE)
    _chooses(caller)
    caller.queued(FREE)
    caller.hang_up()
    _was_free(caller)


# He does not: the store is away. --------------------------------------------------------------


@pytest.fixture
def frail(engines: Engines, spoken: None) -> Iterator[Engine]:
    """An engine whose store is to fail."""
    engine = engines("paid.yaml", record_deadline="1s")
    yield engine
    engine.close()


def _break(engine: Engine) -> None:
    """Make the store's file unusable: every table in it goes by another name."""
    with sqlite3.connect(engine.store, timeout=10) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall():
            connection.execute(f'ALTER TABLE "{name}" RENAME TO "gone_{name}"')
    connection.close()


@contextmanager
def _held(engine: Engine) -> Iterator[None]:
    """Somebody else holds the store's lock, and does not let go of it."""
    connection = sqlite3.connect(engine.store, timeout=10, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


def test_the_store_is_gone_before_the_offer(floor: Floor, frail: Engine) -> None:
    number = fresh_number()
    frail.bring(Stage.PAID, number)
    _break(frail)
    caller = _nuisance(floor, number=number, engine=frail, history=False)
    _chooses(caller)
    caller.queued(FREE)
    caller.hang_up()
    _was_free(caller)
    assert frail.metric("ivr_callers_degraded_total", reason="store-failed") == 1


@pytest.mark.parametrize("how", ["gone", "held"])
def test_the_store_is_away_between_the_offer_and_the_key(
    floor: Floor, frail: Engine, how: str
) -> None:
    caller = _nuisance(floor, engine=frail)
    _chooses(caller)
    _hears(caller, PRICE)
    if how == "gone":
        _break(frail)
    _hears(caller, AGREE)
    with _held(frail) if how == "held" else nullcontext():
        caller.call.press("5")
        caller.queued(FREE)
    caller.hang_up()
    _was_free(caller)


# He agrees, and nobody takes the call. --------------------------------------------------------


def test_a_busy_line_ends_on_the_free_one(floor: Floor) -> None:
    carrier = floor.carrier("is busy")
    caller = _nuisance(floor)
    _agrees(caller)
    assert carrier.wait("INVITE").startswith(f"INVITE sip:{PAID[DIAL]}@")
    joined = caller.queued(FREE)
    first = int(float(caller.arrived["Timestamp"]))
    assert abs(floor.priority(joined) - (1_704_067_200 - first)) <= 1, "the place he came with"
    caller.hang_up()
    legs = [row for row in _calls_to(caller, PAID[DIAL]) if PAID[DIAL] in row["lastdata"]]
    assert not [row for row in legs if row["disposition"] == "ANSWERED" and row["dstchannel"]]
    decided = [row[9] for row in caller.log("IVRDECISION")]
    assert decided == ["paid", "queue"]
    (contact,) = floor.real.contacts(caller.uniqueid)
    assert contact.outcome.value == "abandoned"


# The other methods. ---------------------------------------------------------------------------


def test_the_number_is_told_twice_digit_by_digit(floor: Floor) -> None:
    caller = _nuisance(floor, TELL)
    _chooses(caller)
    _hears(caller, "digits/4", 2)
    played = [event["Command"].split('"')[1] for event in _commands(caller, "digits/")]
    assert played == [f"digits/{digit}" for digit in PAID[TELL] * 2]
    before = caller.call.ear.loud
    caller.call.ear.wait_loud(5)
    assert caller.call.ear.loud > before
    caller.call.press("*")
    _hears(caller, "digits/4", 4, 40)
    _is_told_the_free_ways(caller)


def test_a_referred_call_is_the_carriers(floor: Floor) -> None:
    caller = _nuisance(floor, REFER, on_refer="moved")
    _agrees(caller)
    caller.call.wait_over()
    (refer,) = [text for _, _, text in caller.call.messages() if text.startswith("REFER ")]
    assert f"Refer-To: sip:{PAID[REFER]}@carrier.test" in refer
    caller.gone()
    assert not caller.queues()
    (contact,) = floor.real.contacts(caller.uniqueid)
    assert contact.outcome.value == "overflowed"


def test_a_refer_that_nobody_confirms_ends_on_the_free_line(floor: Floor) -> None:
    caller = _nuisance(floor, REFER, on_refer="silent")
    _agrees(caller)
    joined = caller.queued(FREE)
    referred = caller.event("Newexten", Application="Transfer")
    assert seconds_between(referred, joined) < 5 + 1.5
    caller.hang_up()
    floor.real.contacts(caller.uniqueid)
    # Asterisk keeps the channel, and its CDR, as long as it waits for the NOTIFY.
    assert [row[9] for row in caller.log("IVRDECISION")] == ["paid", "queue"]
    assert len(caller.log("IVRENDED")) == 1
    assert not floor.manager.find(
        lambda e: (e["Event"], e.get("Uniqueid")) == ("DialBegin", caller.uniqueid)
    )


def test_a_consent_redirects_the_next_call_before_it_is_answered(floor: Floor) -> None:
    first = _nuisance(floor, REDIRECT)
    _agrees(first)
    first.queued(FREE)
    assert first.call.when("received", "REFER") is None, "this one was answered"
    first.hang_up()
    _was_free(first)
    then = _nuisance(floor, REDIRECT, number=e164(first.number), history=False)
    then.call.wait_over()
    assert (then.call.final(), then.call.answered()) == (302, False)
    (moved,) = [text for _, _, text in then.call.messages() if text.startswith("SIP/2.0 302")]
    assert f"Contact: <sip:{PAID[REDIRECT]}@carrier.test>" in moved
    (record,) = _calls_to(then, PAID[REDIRECT])
    assert (record["answer"], record["billsec"]) == ("", "0")


# A loop. --------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [DIAL, PAID[DIAL]])
def test_a_number_of_ours_that_forwards_to_us_is_a_loop(floor: Floor, own: str) -> None:
    before = floor.real.metric("ivr_sessions_undecided_total", reason="loop")
    caller = floor.caller(DIAL, headers={"Diversion": f"<sip:{own}@carrier.example>"})
    caller.queued(floor.fallback)
    assert floor.real.metric("ivr_sessions_undecided_total", reason="loop") == before + 1
    caller.hang_up()
    _was_free(caller)
