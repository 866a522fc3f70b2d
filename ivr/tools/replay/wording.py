"""What a replay's JSON says, in words: the terminal and the HTML page say it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.tools.replay.tables import place, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: How far a caller came in the nuisance process, by the furthest stage.
STAGES: Final = {
    "paid": "to the paid line (both notices given)",
    "notice-due": "to the notice that is due",
    "warned": "to the warning, and no further",
    "warning-due": "to the warning that is due",
    "observed": "to observation, and no further",
}

_WORDS: Final = {
    "head_start": "head start",
    "action": "place",
    "timeout": "time in the first place",
    "then": "way on",
    "answer": "when the call is answered",
    "offered": "offer of a paid line",
    "charged": "charge",
    "heard": "announcement or question",
    "heard_later": "later announcement",
    "options": "setting of a queue",
}

_FOLLOWING: Final = frozenset({"timeout", "then", "answer", "heard", "heard_later", "options"})


#: What a replay says of the process where the log is too short for it.
NO_WHOLE_MONTH: Final = (
    "the log has no calendar month whole, and only such months count:"
    " `ivr nuisance simulate --repeat` takes it as one"
)


def differs(names: Sequence[str]) -> str:
    """What two treatments differ in. What follows from another place is not told beside it."""
    moved = not {"action", "place"}.isdisjoint(names)
    told = [name for name in names if not (moved and name in _FOLLOWING)]
    return ", ".join(dict.fromkeys(_WORDS.get(name, name) for name in told))


def treatment(treated: Mapping[str, Any]) -> str:
    """How a policy treats calls."""
    parts = [
        treated["tier"],
        f"route {treated['route']}" if treated["route"] else "no route",
        place(treated["action"], treated["place"]),
    ]
    if treated["head_start"]:
        parts.append(f"head start {seconds(treated['head_start'])}")
    if treated["timeout"]:
        parts.append(f"for {seconds(treated['timeout'])}")
    parts.extend(each if each.startswith("if ") else f"then {each}" for each in treated["then"])
    if treated["answer"] == "early":
        parts.append("heard before it is answered")
    if treated["offered"]:
        parts.append(f"offered {treated['offered']}")
    if treated["charged"]:
        parts.append("charged")
    return ", ".join(parts)


def assumptions(assumed: Mapping[str, Any]) -> Iterator[str]:
    """What no log tells, and what it was taken for."""
    yield "every answered contact was marked" if assumed["marked"] else "no contact was marked"
    yield "agents left a note on each" if assumed["noted"] else "nobody left a note"
    yield (
        "what is due in the process is confirmed at once"
        if assumed["confirmed"]
        else "nobody confirms what is due in the process"
    )
    yield (
        "who is offered a paid line agrees"
        if assumed["agrees"]
        else "who is offered a paid line does not agree"
    )
