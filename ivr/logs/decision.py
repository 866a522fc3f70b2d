"""One line a decision: what was decided for whom, and which conditions led there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.logs.alike import alike
from ivr.logs.lately import Lately
from ivr.policy.when import AnyOf, NoneOf
from ivr.policy.words import name_of
from ivr.routing.steps import Go

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog.typing import FilteringBoundLogger

    from ivr.engine.interfaces import Decided
    from ivr.policy.conditions import Asked
    from ivr.routing.steps import Judged

#: Rules of the traces that are held in words: some 10 MB.
_MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Worded:
    """`trace` is held for its identities' sake (`alike`)."""

    rules: list[str]
    trace: Sequence[Judged]


_WORDED: Final[Lately[_Worded]] = Lately(_MOST)


def forget_words() -> None:
    """Hold no rules in words any more: those of another policy are others."""
    _WORDED.clear()


def decision_line(log: FilteringBoundLogger, decided: Decided) -> None:
    """Log a decision (or that the policy let the call go); `ms` is the engine's own time."""
    ticket = decided.ticket
    log.info(
        "decision",
        decision=ticket.decision,
        linkedid=decided.linked_id,
        script="next" if decided.again else "route",
        ani=ticket.number,
        dialled=ticket.dialled,
        entrypoint=ticket.entrypoint,
        language=ticket.language,
        topic=ticket.topic,
        tier=ticket.tier.value,
        route=ticket.route,
        **_where(decided),
        policy=ticket.policy,
        ms=round(decided.busy * 1000, 3),
        plays=decided.plays,
        degraded=decided.degraded or None,
        trace=_compact(decided.trace),
    )


def _where(decided: Decided) -> dict[str, object]:
    step = decided.step
    if isinstance(step, Go):
        queue = step.post.queue if step.post else None
        return {"action": step.action.value, "queue": queue, "prio": step.priority}
    return {"action": "fallback", "queue": None, "prio": None, "reason": step.reason}


def _compact(trace: Sequence[Judged]) -> Sequence[str]:
    """The rules that were looked at; worded once for all calls that met the same."""
    key = alike(trace)
    known = _WORDED.get(key)
    if known is None:
        known = _Worded([compact(judged) for judged in trace], trace)
        _WORDED.put(key, known, 1 + len(trace))
    return known.rules


def compact(judged: Judged) -> str:
    """A rule that was looked at: `route faults: no: topic billing (no) @ routes/main.yaml:60:3`."""
    asked = ", ".join((*map(_seen, judged.asked), *judged.why)) or "no condition"
    return f"{judged.kind} {judged.name}: {judged.verdict.value}: {asked} @ {judged.place}"


def _seen(asked: Asked) -> str:
    if isinstance(asked.condition, AnyOf | NoneOf):
        parts = ", ".join(map(_seen, asked.parts))
        return f"{name_of(asked.condition)} of [{parts}] ({asked.verdict.value})"
    return f"{name_of(asked.condition)} {asked.saw} ({asked.verdict.value})"
