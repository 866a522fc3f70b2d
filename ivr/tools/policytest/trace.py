"""Why a call went where it went, for who reads a test that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.words import asks
from ivr.routing.steps import (
    Agree,
    Appeal,
    Ask,
    GaveUp,
    Go,
    KeyPressed,
    NewCall,
    Price,
    PriceHeard,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.engine.interfaces import Decided
    from ivr.policy.conditions import Asked
    from ivr.routing.steps import Event, Judged, Step, Turn


def traced(decisions: Iterable[Decided]) -> list[str]:
    """The path of a call as lines: what happened, what was looked at, what came of it."""
    return [line for decided in decisions for turn in decided.path for line in _turn(turn)]


def _turn(turn: Turn) -> Iterator[str]:
    yield _event(turn.event)
    for judged in turn.trace:
        yield from _judged(judged)
    yield f"  → {_step(turn.step)}"


def _judged(judged: Judged) -> Iterator[str]:
    why = f": {'; '.join(judged.why)}" if judged.why else ""
    place = f"{judged.place.file}:{judged.place.line}"
    yield f"  {judged.kind} {judged.name}: {judged.verdict.value}{why}  ({place})"
    for asked in judged.asked:
        yield from _asked(asked, "    ")


def _asked(asked: Asked, indent: str) -> Iterator[str]:
    saw = f", saw {asked.saw}" if asked.saw else ""
    yield f"{indent}{asks(asked.condition)}: {asked.verdict.value}{saw}"
    for part in asked.parts:
        yield from _asked(part, f"{indent}  ")


def _event(event: Event) -> str:
    match event:
        case NewCall():
            return "a call comes in"
        case KeyPressed(key):
            return f"key {key}"
        case PriceHeard(seconds, whole):
            return "the price was heard" if whole else f"the price was cut short ({seconds:g} s)"
        case GaveUp(status, waited):
            return f"given back after {waited} s ({status or 'without a status'})"
        case _:
            return _SAID.get(type(event).__name__, type(event).__name__)


_SAID = {
    "NoKey": "no key",
    "PromptFailed": "a prompt could not be played",
    "Kept": "it is kept",
    "NotKept": "it could not be kept",
}


def _step(step: Step) -> str:
    match step:
        case Ask(sounds=sounds):
            return f"ask {'&'.join(sounds)}"
        case Price(sound=sound):
            return f"price {sound}"
        case Agree(line=line):
            return f"keep the consent to {line.name}"
        case Appeal():
            return "keep the appeal"
        case Go():
            return _go(step)
        case _:
            return f"let go to the fallback queue ({step.reason})"


def _go(go: Go) -> str:
    where = go.post.queue if go.post else go.dial or "&".join(go.sounds)
    return f"{go.action.value} {where}".rstrip()
