"""What came of a turn in words: what a caller heard, and where the call went. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.tools.decision import duration
from ivr.tools.explain.drawing import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ANSWERS: Final = {
    "before": "the call is answered first",
    "early": "heard before the call is answered: not billed",
    "no": "not answered by the IVR",
}
#: Why a call is let go (ivr.web.labels.Undecided).
_LET_GO: Final = {
    "exhausted": "the policy says nothing more",
    "loop": "a number of our own forwarded the call to us",
    "hops": "the call was handed on too often",
}
_ASKED: Final = {
    "asked to agree": "asks whether the caller agrees to the price",
    "hearing the free ways": "tells what is free",
    "hearing the number": "tells the number of the paid line",
}


def event_words(event: Mapping[str, Any]) -> str:
    """What happened."""
    match event["kind"]:
        case "new-call":
            return _new_call(event)
        case "key":
            return f"the caller pressed {event['key']}"
        case "no-key":
            return "no key"
        case "prompt-failed":
            return "it could not be played"
        case "gave-up":
            return f"gave up: {event['status']} after {event['waited']} s"
        case "price-heard":
            end = "to its end" if event["to_its_end"] else "cut short"
            return f"the price was heard for {event['seconds']:g} s, {end}"
        case "kept":
            return "it is kept"
        case "not-kept":
            return "it is not kept: the store failed, or a fresh read said no"
        case _:
            return str(event["kind"])


def _new_call(event: Mapping[str, Any]) -> str:
    said = ["transferred back to us" if event["back"] else "new call"]
    if not event["known"]:
        said.append("nothing known of the caller")
    if event["doubtful"]:
        said.append("nobody vouches for the number")
    return ", ".join(said)


def step_node(step: Mapping[str, Any]) -> Node:
    """What came of a turn."""
    match step["kind"]:
        case "ask":
            return _ask(step)
        case "price":
            return Node(f"the price is played: {_heard(step['sounds'])}")
        case "agree":
            return Node(f"key {step['key']}: a consent to {step['line']} is to be kept")
        case "appeal":
            return Node("an appeal is to be kept")
        case "go":
            return Node(went(step), children=tuple(map(Node, _details(step))))
        case _:
            return Node(went(step))


def went(step: Mapping[str, Any]) -> str:
    """Where the call went, in a few words."""
    if step["kind"] == "let-go":
        reason = str(step["reason"])
        return f"the dialplan's fallback queue: {_LET_GO.get(reason, reason)}"
    paid = step.get("paid")
    if paid:
        return f"paid line {paid['line']} ({paid['method']}), by the consent {paid['consent']}"
    match step["action"]:
        case "queue":
            return f"queue {step.get('queue')}"
        case "dial":
            return f"dial {step.get('dial')}"
        case "announce":
            return f"announcement {_heard(step['sounds'])}"
        case "hangup":
            return f"hang up, cause {step.get('cause')}"
        case action:
            return str(action)


def _ask(step: Mapping[str, Any]) -> Node:
    what = f"menu {step['menu']}" if step["menu"] else _ASKED.get(step["phase"], "a question")
    return Node(f"{what}: {_heard(step['sounds'])}, then {duration(step['wait'])} for a key")


def _details(step: Mapping[str, Any]) -> Iterator[str]:
    if step["action"] != "announce" and step["sounds"]:
        yield f"plays {_heard(step['sounds'])}"
    yield _ANSWERS.get(step["answer"], str(step["answer"]))
    if "stands" in step:
        yield _stands(step["stands"])
    yield from _stays(step)
    if step.get("fallbacks"):
        yield f"if it refuses: {_or(step['fallbacks'])}"
    yield from (f"then: {_hop(hop)}" for hop in step["then"])


def _stands(stands: Mapping[str, Any]) -> str:
    """The place in the queue, and why."""
    at = str(stands["since"])[:19].replace("T", " ")
    if stands["head_start"] > 0:
        start = f"{duration(stands['head_start'])} head start"
    else:
        start = "no head start"
    return f"{start}: stands as a call of {at} (QUEUE_PRIO {stands['priority']})"


def _stays(step: Mapping[str, Any]) -> Iterator[str]:
    if step["action"] in ("queue", "dial", "paid"):
        bound = step["timeout"]
        yield f"for at most {duration(bound)}" if bound else "until somebody answers"


def _hop(hop: Mapping[str, Any]) -> str:
    bound = f" for at most {duration(hop['timeout'])}" if hop["timeout"] else ""
    match hop["action"]:
        case "queue":
            where = f"queue {_or([hop['queue'], *hop['fallbacks']])}"
        case "dial":
            where = f"dial {hop['target']}"
        case "announce":
            where = f"announcement {_heard(hop['sounds'])}"
        case "hangup":
            where = f"hang up, cause {hop['target']}"
        case action:
            where = f"{action} {hop.get('target', '')}"
    return where + bound


def _heard(sounds: Sequence[str]) -> str:
    return " & ".join(sounds)


def _or(queues: Sequence[str]) -> str:
    return " or ".join(queues)
