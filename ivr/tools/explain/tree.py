"""A decision as a tree that a person reads, made from its JSON: kept or made up, it looks alike.

Pure. `ivr test` prints the path of a call by it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.tools.explain.drawing import Node, Pen
from ivr.tools.explain.words import event_words, step_node, went

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ivr.logs.decisions import Form

_PEN: Final = Pen()


def tree(form: Form, pen: Pen = _PEN) -> str:
    """The whole of a decision: who, when and where to, and the path below it."""
    return "\n".join((*pen.lines(_head(form)), *path(form, pen)))


def path(form: Form, pen: Pen = _PEN) -> Iterator[str]:
    """The lines of the path alone: each turn, what was looked at, and what came of it."""
    return pen.draw([_turn(turn) for turn in form["path"]])


def _head(form: Form) -> Iterator[str]:
    forwarded = f", forwarded by {form['forwarded_by']}" if "forwarded_by" in form else ""
    back = "again, " if form["script"] == "next" else ""
    yield f"{form['number']} to {form['dialled']}{forwarded}: {back}{_result(form)}"
    when = str(form["time"]).replace("T", " ", 1)
    yield f"{when[:19]} {when[19:]}, decision {form['decision']}, call {form['linkedid']}"
    took = f", {form['ms']:g} ms" if form["ms"] else ""
    yield f"policy {form['policy']}, {_door(form)}{took}"
    if form["degraded"]:
        yield f"regular, since nothing could be known of the caller: {form['degraded']}"


def _door(form: Form) -> str:
    topic = f", topic {form['topic']}" if form["topic"] else ""
    return f"entrypoint {form['entrypoint'] or 'none'}, language {form['language']}{topic}"


def _result(form: Form) -> str:
    end = form["path"][-1]["step"]
    if end["kind"] != "go":
        return f"{form['tier']}, {went(end)}"
    where = "an announcement" if end["action"] == "announce" else went(end)  # sounds stand below
    return f"{form['tier']}, {where} by route {form['route'] or 'none'}"


def _turn(turn: Mapping[str, Any]) -> Node:
    rules = turn["rules"]
    children = (
        *_rules(rules, [rule for rule in rules if rule["kind"] == "tier"]),
        *_regular(turn),
        *_rules(rules, [rule for rule in rules if rule["kind"] != "tier"]),
        *_waits_for_key(turn),
        step_node(turn["step"]),
    )
    return Node(event_words(turn["event"]), children=children)


def _regular(turn: Mapping[str, Any]) -> Iterator[Node]:
    """What no rule of the tiers says by itself."""
    tiers = [rule for rule in turn["rules"] if rule["kind"] == "tier"]
    if tiers and not any(rule.get("decided") for rule in tiers):
        yield Node("tier regular: no rule before it matched", decided=True)
    elif not tiers and turn["event"].get("known") is False and not turn["event"]["back"]:
        yield Node("tier regular: nothing is known of the caller", decided=True)


def _waits_for_key(turn: Mapping[str, Any]) -> Iterator[Node]:
    """A route that matched, and yet a menu plays: it leads to a paid line."""
    matched = [(rule["kind"], rule["verdict"]) for rule in turn["rules"]][-1:]
    if matched == [("route", "yes")] and turn["step"].get("menu"):
        yield Node("a paid line is offered only for a topic that was chosen by key")


def _rules(rules: Sequence[Mapping[str, Any]], some: Sequence[Mapping[str, Any]]) -> Iterator[Node]:
    for rule in some:
        yield Node(
            f"{rule['kind']} {rule['name']}: {rule['verdict']}{_passed(rules, rule)}",
            rule["place"],
            bool(rule.get("decided")),
            (*map(_asked, rule.get("asked", ())), *map(Node, rule.get("against", ()))),
        )


def _passed(rules: Sequence[Mapping[str, Any]], rule: Mapping[str, Any]) -> str:
    """Why a route that matched did not take the call."""
    if (rule["kind"], rule["verdict"]) != ("route", "yes") or rule.get("decided"):
        return ""
    after = rules[rules.index(rule) + 1 :][:1]
    if after and after[0]["kind"] == "guard":
        return ", but the charge guard says no"
    return ", but no paid line is offered (any more)"


def _asked(asked: Mapping[str, Any]) -> Node:
    saw = f", saw {asked['saw']}" if asked.get("saw") else ""
    parts = tuple(map(_asked, asked.get("parts", ())))
    said = str(asked["asks"]).split(":", 1)[0] if parts else asked["asks"]
    return Node(f"{said}? {asked['verdict']}{saw}", asked["place"], children=parts)
