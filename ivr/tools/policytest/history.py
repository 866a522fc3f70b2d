"""What was before a test begins, made as it would have come about: one thing after the other.

Contacts are recorded and annotated in the store, people decide at the desk, and the nuisance
process comes as far as it is said by months and confirmations in the past of the start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant, OpenCase, SetMark, SetShared
from ivr.callers.errors import RefusedError
from ivr.callers.nuisance import NUISANCE, Stage
from ivr.callers.process import FileAppeal
from ivr.engine.desk import DeskError
from ivr.engine.interfaces import StoreError
from ivr.tools.moments import parse_until
from ivr.tools.policytest import times
from ivr.tools.policytest.errors import SceneError
from ivr.tools.policytest.ledger import keep
from ivr.tools.policytest.model import Contacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from ivr.callers.caller import Instant
    from ivr.callers.changes import Change
    from ivr.callers.nuisance import Rules
    from ivr.policy.model import Place
    from ivr.tools.policytest.model import Day, Person
    from ivr.tools.world import World

#: Who confirms what: the two are different persons, as the process wants it.
WARNS, NOTIFIES = "dana", "avi"
_MORNING: Final = time(7)
_AT_TEN: Final = time(10)
#: The day of a month on which a step of the past was taken.
_STEP_DAY: Final = 15


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened at a moment; `place` is where the test says so."""

    at: Instant
    place: Place
    do: Callable[[], object]


def enter(world: World, people: Iterable[Person]) -> None:
    """Make what was before. Raises `SceneError` for what cannot have been."""
    found = [each for person in people for each in _of(world, person)]
    for each in sorted(found, key=lambda happened: happened.at):
        if each.at > world.now:
            raise SceneError(each.place, "this is after the start: write an earlier day")
        try:
            each.do()
        except (RefusedError, DeskError, StoreError) as error:
            raise SceneError(
                each.place, f"this cannot have been so at the start: {error}"
            ) from None


def _of(world: World, person: Person) -> Iterator[Happened]:
    yield from _decided(world, person)
    for contacts in person.contacts:
        yield from _contacts(world, person, contacts)
    if person.process is not None and world.policy.nuisance is not None:
        yield from _process(world, person, person.process, world.policy.nuisance)


# --- people ----------------------------------------------------------------------------------


def _decided(world: World, person: Person) -> Iterator[Happened]:
    for grant in person.grants:
        end = parse_until(grant.until, world.policy.zone) if grant.until else None
        yield _change(world, person, grant.place, grant.since, GiveGrant(grant.name, end))
    for case in person.cases:
        yield _opened(world, person, case.place, case.since, case.topic, case.complex)
    changes: dict[str, Change] = {
        "marked": SetMark(NUISANCE), "shared": SetShared(True), "appeal": FileAppeal(),
    }  # fmt: skip
    for flag in person.flags:
        yield _change(world, person, flag.place, flag.since, changes[flag.name])


def _change(world: World, person: Person, place: Place, since: Day, change: Change) -> Happened:
    at = _since(world, since)
    return Happened(
        at, place, lambda: world.run(world.desk.change(person.number, change, author(at)))
    )


def _opened(
    world: World, person: Person, place: Place, since: Day, topic: str | None, complex_: bool
) -> Happened:
    at = _since(world, since)

    def do() -> object:
        change: OpenCase = world.desk.open_case(topic, complex_=complex_)
        return world.run(world.desk.change(person.number, change, author(at)))

    return Happened(at, place, do)


def _since(world: World, since: Day) -> Instant:
    """In the morning, before any contact of that day; today it may have been just now."""
    zone = world.policy.zone
    today = times.local(zone, world.now).date()
    day = times.day_of(since, today)
    at = times.instant(zone, day, _MORNING)
    return min(at, world.now) if day == today else at


def author(at: Instant, by: str = "ruth", why: str = "as the test says") -> Author:
    """Who does something in a test."""
    return Author(by, by, at, why)


# --- contacts --------------------------------------------------------------------------------


def _contacts(world: World, person: Person, contacts: Contacts) -> Iterator[Happened]:
    zone, now = world.policy.zone, world.now
    today = times.local(zone, now).date()
    if contacts.day is not None:
        days = [times.day_of(contacts.day, today)]
    else:
        days = [day for day in times.days_of(contacts.month) if day < today]
        days = days or times.days_of(contacts.month)[:1]
    yield from happening(world, person, contacts, days, (0, now))


def happening(
    world: World,
    person: Person,
    contacts: Contacts,
    days: list[date],
    window: tuple[float, float],
) -> Iterator[Happened]:
    """The contacts of an entry, one by one, on these days and within a window of moments."""
    moments = times.spread(world.policy.zone, days, contacts.count, contacts.at, window)
    if not moments:
        shown = contacts.month or days[0].isoformat()
        when = "before the start" if window[0] == 0 else "in the time that passes"
        raise SceneError(contacts.place, f"{shown} is not {when}: write another day")
    for index, at in enumerate(moments):
        marked = index < contacts.marked
        yield Happened(at, contacts.place, _keeping(world, person.number, contacts, at, marked))


def _keeping(
    world: World, number: str, contacts: Contacts, at: Instant, marked: bool
) -> Callable[[], object]:
    return lambda: keep(world, number, contacts, at, marked=marked)


# --- the nuisance process --------------------------------------------------------------------


def _process(world: World, person: Person, stage: Stage, rules: Rules) -> Iterator[Happened]:
    """Months and confirmations that lead to a stage, the latest in the month before the start."""
    last = times.month_back(f"{times.local(world.policy.zone, world.now):%Y-%m}", 1)
    if stage is Stage.OBSERVED:
        yield from _watched(world, person, rules, last, 1)
    elif stage is Stage.WARNING_DUE:
        yield from _watched(world, person, rules, last, rules.before_warning)
    elif stage is Stage.WARNED:
        yield from _warned(world, person, rules, last)
    elif stage is Stage.NOTICE_DUE:
        yield from _noticeable(world, person, rules, last)
    elif stage is Stage.PAID:
        yield from _noticeable(world, person, rules, times.month_back(last, 1))
        yield _confirmed(world, person, rules, Stage.PAID, NOTIFIES, last)


def _noticeable(world: World, person: Person, rules: Rules, last: str) -> Iterator[Happened]:
    """The notice is due after month `last`."""
    yield from _warned(world, person, rules, times.month_back(last, rules.before_notice))
    yield from _watched(world, person, rules, last, rules.before_notice)


def _warned(world: World, person: Person, rules: Rules, month: str) -> Iterator[Happened]:
    """The warning is confirmed in a month."""
    before = times.month_back(month, 1)
    yield from _watched(world, person, rules, before, rules.before_warning)
    yield _confirmed(world, person, rules, Stage.WARNED, WARNS, month)


def _watched(
    world: World, person: Person, rules: Rules, last: str, months: int
) -> Iterator[Happened]:
    for back in range(months):
        month = times.month_back(last, back)
        contacts = Contacts(person.place, count=rules.contacts, marked=rules.marks)
        days = times.days_of(month)
        yield from happening(world, person, replace(contacts, month=month), days, (0, world.now))


def _confirmed(
    world: World, person: Person, rules: Rules, step: Stage, by: str, month: str
) -> Happened:
    day = times.days_of(month)[_STEP_DAY - 1]
    at = times.instant(world.policy.zone, day, _AT_TEN)

    def do() -> object:
        process = replace(world.process(rules), now=at)
        return world.run(process.confirm(person.number, step, "telephone", author(at, by)))

    return Happened(at, person.place, do)
