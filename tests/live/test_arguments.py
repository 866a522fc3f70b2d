"""What the engine is told of a caller, and that nobody can say more than he should."""

from __future__ import annotations

import pytest

from tests.live.double import Session, queue
from tests.live.line import Line
from tests.live.sipp import Call

TOLD = {
    "linkedid",
    "system",
    "first",
    "dialled",
    "state",
    "status",
    "waited",
    "hops",
    "pres",
    "privacy",
    "rdnis",
    "attest",
    "verify",
}


def _asked(line: Line, **call: object) -> Session:
    """Place a call that is queued, and give what the engine was asked."""
    line.engine.answers["route", line.dialled] = queue(line.fallback)
    placed: Call = line.call(**call)  # type: ignore[arg-type]  # the tests name the arguments
    session = line.engine.wait("route", line.dialled)
    line.joined(line.fallback)
    placed.hang_up()
    return session


def test_the_arguments_of_a_plain_call(line: Line) -> None:
    asked = _asked(line)
    assert set(asked.arguments) == TOLD
    assert asked.header["agi_callerid"] == "0521234567"
    assert asked.header["agi_uniqueid"] == asked.get("linkedid")
    assert (asked.get("dialled"), asked.get("hops"), asked.get("system")) == (
        line.dialled,
        "0",
        "live",
    )
    assert asked.get("pres").startswith("allowed")
    assert asked.get("first").isdecimal()
    assert {asked.get(name) for name in ("state", "status", "privacy", "rdnis")} == {""}


_WITHHELD: dict[str, tuple[dict[str, object], str, str, str]] = {
    "From anonymous": (
        {"from_header": '"Anonymous" <sip:anonymous@anonymous.invalid>'},
        "anonymous",
        "",
        "",
    ),
    "Privacy id with P-Asserted-Identity": (
        {"headers": {"P-Asserted-Identity": "<sip:0521234567@carrier.invalid>", "Privacy": "id"}},
        "0521234567",
        "prohib",
        "id",
    ),
    "Privacy id without": ({"headers": {"Privacy": "id"}}, "0521234567", "", "id"),
    "Privacy in a list": ({"headers": {"Privacy": "critical;id"}}, "0521234567", "", "critical;id"),
    "Privacy in a list that is none": (
        {"headers": {"Privacy": "id,user"}},
        "0521234567",
        "",
        "id;user",
    ),
    "Remote-Party-ID": (
        {"headers": {"Remote-Party-ID": "<sip:0521234567@carrier.invalid>;privacy=full"}},
        "0521234567",
        "prohib",
        "",
    ),
}


@pytest.mark.parametrize("form", _WITHHELD)
def test_a_withheld_number_can_be_told(line: Line, form: str) -> None:
    how, number, presentation, privacy = _WITHHELD[form]
    asked = _asked(line, **how)
    assert asked.header["agi_callerid"] == number
    assert asked.get("pres").startswith(presentation)
    assert asked.get("privacy") == privacy


def test_a_forwarded_call_says_from_where(line: Line) -> None:
    asked = _asked(line, headers={"Diversion": "<sip:+97231234567@pbx.invalid>;reason=busy"})
    assert asked.get("rdnis") == "+97231234567"


_EVIL = "1,state=2~mine,IVR_DONE=1)(\"'${SHELL(id)}|&;^~%00"


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"headers": {"Privacy": f"id{_EVIL}"}}, id="Privacy"),
        pytest.param(
            {"headers": {"Diversion": f'"{_EVIL[:5]}" <sip:1%2C2%29state=x@pbx.invalid>'}},
            id="Diversion",
        ),
        pytest.param(
            {"from_header": f'"{_EVIL.replace(chr(34), "")}" <sip:0521234567@a.invalid>'}, id="name"
        ),
        pytest.param({"from_header": "<sip:1%2Cstate=evil%29%28@a.invalid>"}, id="number"),
    ],
)
def test_nobody_slips_in_an_argument(line: Line, how: dict[str, object]) -> None:
    asked = _asked(line, **how)
    assert set(asked.arguments) == TOLD
    assert asked.get("state") == ""
    ended = line.engine.wait("ended", line.dialled)
    assert ended.get("by") == "caller"
    assert ended.get("state") == "1~test"


@pytest.mark.parametrize("tail", ["%29%28", "%22", "abc", "%26x", "%24%7BSHELL%7D"])
def test_a_number_with_other_characters_is_still_a_call(line: Line, tail: str) -> None:
    """Asked with an engine that hangs, so that the whole way by `T` is walked."""
    line.engine.answers["route", line.dialled] = Session.hang
    call = line.call(f"{line.dialled}{tail}", headers={"X-CLEAN": "1"})
    joined = line.joined(line.fallback)
    assert joined["Exten"] == line.dialled
    call.hang_up()
    assert line.engine.wait("ended", line.dialled).get("dialled") == line.dialled
