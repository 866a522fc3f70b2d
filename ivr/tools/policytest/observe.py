"""What a call, or a caller, turned out to be, under the same keys as it is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import Outcome
from ivr.callers.numbers import parse_number
from ivr.engine.windows import reach
from ivr.policy.words import span
from ivr.routing.onward import FIXED_DATE
from ivr.routing.router import paid_line
from ivr.routing.spoken import DIGITS, FOLDER
from ivr.routing.steps import Action, Go, Price
from ivr.tools.policytest.reading.scope import NONE
from ivr.tools.policytest.travel import queue_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivr.callers.nuisance import Stage
    from ivr.engine.interfaces import Decided
    from ivr.policy.model import Policy
    from ivr.routing.steps import Step
    from ivr.tools.policytest.model import Person, Value
    from ivr.tools.policytest.travel import Trip
    from ivr.tools.world import World

_PROMPTS: Final = {sound: prompt for prompt, sound in DIGITS.items()}
_STEPS: Final = {"warned": "warned", "paid": "noticed"}


def of_call(policy: Policy, trip: Trip, stage: Stage | None) -> dict[str, Value]:
    """Everything that may be expected of a call. `stage` is the process' when it came in."""
    seen: dict[str, Value] = {
        "prompts": tuple(map(prompt_of, trip.placed.heard)),
        "hung_up": not trip.decided,
        "way": tuple(trip.way),
        "ends": trip.ends,
        "waited": trip.waited,
        "process": stage.value if stage else NONE,
        **_paid(policy, trip),
    }
    if trip.decided:
        first = trip.decided[0][1]
        seen |= _decided(policy, first) | {"head_start": _head_start(trip)}
    return seen


def prompt_of(sound: str) -> str:
    """The policy's name of a recording."""
    return _PROMPTS.get(sound, sound.removeprefix(f"{FOLDER}/"))


def _decided(policy: Policy, decided: Decided) -> dict[str, Value]:
    """What the first decision says."""
    ticket, step = decided.ticket, decided.step
    go = step if isinstance(step, Go) else None
    return {
        "entrypoint": ticket.entrypoint or NONE,
        "language": ticket.language,
        "topic": ticket.topic or NONE,
        "tier": ticket.tier.value,
        "route": ticket.route or NONE,
        "action": go.action.value if go else "fallback",
        "queue": queue_name(policy, go.post) if go and go.post else NONE,
        "dial": (go.dial if go else "") or NONE,
        "answer": go.answer.value if go else NONE,
        "cause": (go.cause if go else None) or 0,
        "degraded": decided.degraded or False,
    }


def _head_start(trip: Trip) -> Value:
    """By how much the caller stands ahead, told from the priorities that Asterisk is given.

    It is the same wherever he comes to. Should it not be, it is a list, which nothing can equal.
    """
    came = int(trip.placed.first) - FIXED_DATE
    steps = [each.step for each in _decisions(trip)]
    found = [step.priority + came for step in steps if isinstance(step, Go)]
    if len(set(found)) > 1:
        return tuple(map(span, found))
    return found[0] if found else trip.decided[0][1].ticket.head_start


def _paid(policy: Policy, trip: Trip) -> dict[str, Value]:
    moved = [each.step for each in _decisions(trip) if isinstance(each.step, Go)]
    paid = next((go.paid for go in moved if go.action is Action.PAID and go.paid), None)
    offered = [_line(policy, step) for step in _steps(trip)]
    agreed = [line for line, kept in trip.placed.charges if kept]
    return {
        "offered": next((line for line in offered if line), False),
        "agreed": agreed[0] if agreed else False,
        "charged": paid.line if paid else False,
        "method": paid.method.value if paid else NONE,
        "guard": tuple(_reasons(trip)),
    }


def _decisions(trip: Trip) -> Iterator[Decided]:
    return (decided for _, decided in trip.decided)


def _steps(trip: Trip) -> Iterator[Step]:
    return (turn.step for decided in _decisions(trip) for turn in decided.path)


def _line(policy: Policy, step: Step) -> str:
    """The paid line whose price a step plays, or to which it leads."""
    if isinstance(step, Go) and step.paid:
        return step.paid.line
    if not isinstance(step, Price):
        return ""
    route = next(route for route in policy.routes if route.name == step.ticket.route)
    line = paid_line(route)
    return line.name if line else ""


def _reasons(trip: Trip) -> Iterator[str]:
    for decided in _decisions(trip):
        for judged in decided.trace:
            if judged.kind == "guard":
                yield from judged.why


# --- callers ---------------------------------------------------------------------------------


def stage_of(world: World, number: str) -> Stage | None:
    """Where the nuisance process stands for a number, if the policy has one."""
    rules = world.policy.nuisance
    if rules is None or parse_number(number, world.policy.region) is None:
        return None
    return world.run(world.process(rules).situation(number)).stage


def of_caller(world: World, person: Person) -> Mapping[str, Value]:
    """Everything that may be expected of a caller."""
    rules, now = world.policy.nuisance, world.now
    history = world.run(world.store.history(person.number))
    contacts = history.contacts
    caller = world.run(world.desk.caller(person.number, reach(world.policy.zone, now)))
    record = caller.record
    seen: dict[str, Value] = {
        "process": NONE,
        "grants": tuple(sorted(each.name for each in record.grants if each.holds(now))),
        "cases": len(record.cases),
        "contacts": len(contacts),
        "answered": sum(each.outcome is Outcome.ANSWERED for each in contacts),
        "abandoned": sum(each.outcome is Outcome.ABANDONED for each in contacts),
        "marked": sum(each.marked_by is not None for each in contacts),
        "appeal": record.process.appeal is not None,
        "shared": record.shared is not None,
    }
    if rules is not None:
        found = world.run(world.process(rules).situation(person.number))
        due = _STEPS[found.due.value] if found.due else NONE
        seen |= {"process": found.stage.value, "due": due, "hindered": found.hindered or False}
    return seen
