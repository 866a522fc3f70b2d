"""A decision's JSON, whole, and that it holds no more of a caller than conditions saw."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.callers.caller import Author, Caller, Case, Consent, Grant, Record
from ivr.engine.interfaces import Decided
from ivr.logs.decisions import as_json
from ivr.logs.decisions import form as form_source
from ivr.logs.decisions import steps as steps_source
from ivr.logs.decisions.lines import head_of, line_of, unpacked
from ivr.policy.conditions import Asked, Verdict
from ivr.policy.model import Place
from ivr.policy.paid import Method
from ivr.policy.when import CallingPrefix
from ivr.routing.steps import Action, Agree, Answer, Go, Judged, LetGo, NewCall, Paid, Turn
from ivr.routing.ticket import Hop, Kind, Ticket
from ivr.tools.world import Incoming, World
from tests import ROOT
from tests.logs.decisions.samples import NOON, NUMBER, decided, policy
from tests.policy.samples import at
from tests.routing.paid import CHARGEABLE, line

DOCS = ROOT / "docs" / "explain.md"
ZONE = policy().zone
TICKET = Ticket("d1", "3f2a", int(NOON), NUMBER, "+9721800123456")


def test_a_whole_decision() -> None:
    world = World(policy(), at("2026-11-22 02:00"))
    made = world.call(Incoming("0521234567", "1800123456")).decided
    assert made is not None
    form = as_json(made, world.now + 0.0004, ZONE, mask=True)
    closed = str(next(route.place for route in policy().routes if route.name == "closed"))
    tiers = form["path"][0]["rules"][:3]
    assert [(rule["kind"], rule["verdict"], "decided" in rule) for rule in tiers] == [
        ("tier", "no", False)
    ] * 3
    form["path"][0]["rules"] = form["path"][0]["rules"][3:]
    condition = policy().routes[0].when.place
    assert form == {
        "version": 1, "decision": "d1", "linkedid": f"{int(world.now)}.1", "script": "route",
        "at": world.now, "time": "2026-11-22T02:00:00+02:00",
        "number": "+972******67", "dialled": "+9721800123456", "entrypoint": "support",
        "language": "he", "topic": None, "tier": "regular", "route": "closed",
        "policy": policy().hash, "degraded": None, "ms": 0.0, "plays": 0,
        "path": [{
            "event": {
                "kind": "new-call", "first": int(world.now), "began": "2026-11-22T02:00:00+02:00",
                "known": True, "back": False, "doubtful": False,
            },
            "rules": [{
                "kind": "route", "name": "closed", "verdict": "yes", "place": closed,
                "asked": [{
                    "asks": "calendar: {service: closed}", "verdict": "yes",
                    "place": form["path"][0]["rules"][0]["asked"][0]["place"], "saw": "closed",
                }],
                "decided": True,
            }],
            "step": {
                "kind": "go", "action": "announce", "answer": "before",
                "sounds": [
                    "ivr/welcome", "ivr/closed-hours", "ivr/opens", "ivr/day-today", "ivr/hour-07",
                    "ivr/part-morning", "ivr/quiet-hours",
                ],
                "timeout": None, "cause": 16, "then": [], "hops": 0,
            },
        }],
    }  # fmt: skip
    assert form["path"][0]["rules"][0]["asked"][0]["place"].startswith(f"{condition.file}:")


def test_of_the_caller_there_is_no_more_than_what_was_seen() -> None:
    author = Author("Ruth Secret", "ruth", NOON - 5, "a secret reason")
    record = Record(
        grants=(Grant("golden-beam", author),), cases=(Case("case-secret", "fault", False, author),)
    )
    event = NewCall("d1", NUMBER, "+9721800123456", int(NOON), Caller(NUMBER, record))
    made = decided()
    path = [replace(made.path[0], event=event), *made.path[1:]]
    text = json.dumps(as_json(replace(made, path=path), NOON, ZONE, mask=True))
    assert "ecret" not in text
    assert "ruth" not in text
    assert "21234567" not in text


def test_numbers_are_masked_wherever_they_stand() -> None:
    clear = json.dumps(as_json(_forwarded(), NOON, ZONE, mask=False))
    assert "+97236123456" in clear
    assert f'prefix: \\"{NUMBER}\\"' in clear
    masked = as_json(_forwarded(), NOON, ZONE, mask=True)
    assert (masked["number"], masked["forwarded_by"]) == ("+972******67", "+972******56")
    assert "1234" not in json.dumps(masked).replace("+9721800123456", "")


def _forwarded() -> Decided:
    """A forwarder's number is one too; a policy may name the caller's."""
    event = NewCall("d1", NUMBER, "*611", int(NOON), forwarded_by="+97236123456")
    here = Place("routes.yaml", 1, 1)
    asked = Asked(CallingPrefix((NUMBER,), here), Verdict.YES, "matched")
    judged = Judged("route", "one", here, Verdict.YES, (asked,))
    let_go = LetGo(TICKET, "loop")
    return Decided("a.1", False, TICKET, let_go, [Turn(event, (judged,), let_go)], 0.001, 0, "")


def test_a_paid_line_and_its_consent() -> None:
    offered, ticket = line(Method.DIAL), replace(TICKET, topic="general")
    consent = Consent("d1", "air-time", "what-it-costs", "7", "5", NOON, "d1", "general")
    call = World(policy(), NOON)
    agree = Agree(ticket, offered, None, consent)  # type: ignore[arg-type] # is not looked at
    hops = (Hop(Kind.PAID, 30, target="air-time"), Hop(Kind.HANGUP, target="21"))
    there = replace(ticket, hops=hops)
    paid = Paid("air-time", Method.DIAL, "d1")
    go = Go(there, Action.PAID, Answer.BEFORE, timeout=30, dial=offered.dial, paid=paid)
    event = NewCall("d1", NUMBER, "+9721800123456", int(NOON), CHARGEABLE)
    made = Decided("a.1", False, there, go, [Turn(event, (), agree), Turn(event, (), go)], 0, 0, "")
    first, second = as_json(made, call.now, ZONE, mask=True)["path"]
    assert first["step"] == {"kind": "agree", "line": "air-time", "key": "5"}
    assert second["step"]["paid"] == {"line": "air-time", "method": "dial", "consent": "d1"}
    assert second["step"]["then"] == [{"action": "hangup", "timeout": None, "target": "21"}]


@pytest.mark.parametrize("keys", [("1",), ("9",), ()])
def test_a_line_is_one_line_of_ascii(keys: tuple[str, ...]) -> None:
    form = as_json(decided(keys), NOON, ZONE, mask=False)
    text = line_of(form, mask=False)
    assert text.count(b"\n") == 1
    assert text.decode().rstrip("\n").isprintable()
    head = head_of(text)
    assert head is not None
    assert unpacked(head) == form


def test_what_is_masked_in_a_line_is_what_is_masked_in_the_form() -> None:
    form = as_json(_forwarded(), NOON, ZONE, mask=False)
    head = head_of(line_of(form, mask=True))
    assert head is not None
    assert unpacked(head) == as_json(_forwarded(), NOON, ZONE, mask=True)
    assert form["number"] == NUMBER, "what is given stays as it is"


def test_a_moment_that_ends_like_the_number_stays_a_moment() -> None:
    """Digits of a JSON number masked as if they stood in a text would be no JSON any more."""
    made = decided(("1",), f"054{str(int(NOON))[-7:]}")
    head = head_of(line_of(as_json(made, NOON, ZONE, mask=False), mask=True))
    assert head is not None
    assert unpacked(head) == as_json(made, NOON, ZONE, mask=True)


def test_each_key_and_kind_is_in_the_documentation() -> None:
    """Of the module's own source: what a form can have at all."""
    said = DOCS.read_text(encoding="utf-8").split("## As JSON")[1]
    known = set(re.findall(r"`([a-z_-]+)`", said))
    written: set[str] = set()
    for source in (form_source, steps_source):
        for node in ast.walk(ast.parse(Path(source.__file__ or "").read_text())):
            if isinstance(node, ast.Dict):
                keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
                written.update(map(str, keys))
                kinds = zip(node.keys, node.values, strict=True)
                written.update(_kind(key, value) for key, value in kinds)
            elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                written |= {node.slice.value} if isinstance(node.slice.value, str) else set()
    assert written - {"", "kind"} <= known


def _kind(key: ast.expr | None, value: ast.expr) -> str:
    match key, value:
        case ast.Constant(value="kind"), ast.Constant(value=str(kind)):
            return kind
    return ""
