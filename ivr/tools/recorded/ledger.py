"""What the store would know at each moment of a log, kept as sums only.

It answers what a store's lookup answers (held beside `MemoryStore` by its tests), without keeping
the contacts. Time goes forward: `caller` is never asked for a moment before one it was asked for.

It grows with different callers only: one who is known by a contact or two takes some 300 bytes
(number included), one who calls daily 62 days' tallies and 37 months' at the most, some 6 kB.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final, TypeVar, cast

from ivr.callers.caller import Author, Caller, MonthTally, Record, Tally
from ivr.callers.changes import GiveGrant, apply
from ivr.callers.contacts import Outcome, about, is_evidence
from ivr.callers.months import earliest, first_needed, is_whole
from ivr.callers.nuisance import Process
from ivr.tools.recorded.days import Days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Consent, Instant
    from ivr.callers.changes import Change
    from ivr.callers.contacts import Contact

T = TypeVar("T")

#: Values that are remembered so that one serves all callers whose sums are alike.
_ALIKE: Final = 500

_NOTHING: Final = Record()
_CLEAR: Final = Process()
_NEVER: Final = float("-inf")


@dataclass(slots=True)
class _Known:
    """One caller's sums. `last_id` and `last_at` are of the last answered contact.

    `agent_at` is when the last agent of whom we know the name was done.
    """

    tallies: tuple[Tally, ...] = ()
    months: tuple[MonthTally, ...] = ()
    record: Record = _NOTHING
    consents: tuple[Consent, ...] = ()
    agent: str | None = None
    agent_at: Instant = _NEVER
    last_at: Instant = _NEVER
    last_id: str = ""
    undocumented: bool = False


@dataclass(slots=True)
class Ledger:
    """The callers of a log. Days are those of `zone`."""

    zone: ZoneInfo
    days: Days = field(init=False)
    _known: dict[str, _Known] = field(default_factory=dict, init=False)
    _there: dict[str, int] = field(default_factory=dict, init=False)
    _attended: date | None = field(default=None, init=False)
    _whole: set[str] = field(default_factory=set, init=False)
    _here: dict[str, frozenset[str]] = field(default_factory=dict, init=False)
    _since: date = field(default=date.min, init=False)
    _earliest: str = field(default="", init=False)
    # Most callers' sums are alike: one value serves all of them.
    _alike: dict[object, object] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.days = Days(self.zone)

    def __len__(self) -> int:
        """How many callers are known."""
        return len(self._known)

    @property
    def whole_months(self) -> list[str]:
        """The months on each day of which the store was there: only these count for anybody."""
        return sorted(self._whole)

    def __contains__(self, number: object) -> bool:
        """Whether anything is known of a caller."""
        return number in self._known

    # --- what is known ------------------------------------------------------------------------

    def caller(self, number: str, now: Instant) -> Caller:
        """What a lookup brings at this moment."""
        since = self.days.at(now).since
        if since is not self._since:
            self._advance(since)
        known = self._known.get(number)
        if known is None:
            return Caller(number, _NOTHING)
        self._prune(known)
        months = known.months
        first = first_needed(known.record.process, months)
        return Caller(
            number, known.record, known.tallies, known.agent, months,
            self._months_here(first) if first else frozenset(), known.undocumented, known.consents,
        )  # fmt: skip

    def record(self, number: str) -> Record:
        """What people decided about a number."""
        known = self._known.get(number)
        return known.record if known else _NOTHING

    def months(self, number: str) -> tuple[MonthTally, ...]:
        """A caller's months with evidence, oldest first, as far back as they are kept."""
        known = self._known.get(number)
        return known.months if known else ()

    def candidates(self, least: int) -> Iterator[str]:
        """Callers with a month of so much evidence, or in whose process people took a step.

        All callers are looked at: once a month, not once a call.
        """
        for number, known in self._known.items():
            if known.record.process != _CLEAR or any(m.contacts >= least for m in known.months):
                yield number

    # --- what happens -------------------------------------------------------------------------

    def ended(self, contact: Contact) -> None:
        """Keep an ended contact; each is told once. One of a withheld number is nobody's."""
        if contact.number is None:
            return
        known = self._of(contact.number)
        if known.record.cases and contact.case is None:
            contact = replace(contact, case=about(known.record, contact.topic))
        answered = contact.outcome is Outcome.ANSWERED
        known.tallies = self._tallied(known.tallies, contact.day, contact.case, answered)
        if not answered:
            return
        if is_evidence(contact):
            known.months = self._counted(
                known.months, f"{contact.day.year:04}-{contact.day.month:02}", contact.marked_by
            )
        _spoke(known, contact)

    def attend(self, day: date) -> None:
        """Say that the store was there on a day."""
        if day == self._attended:
            return
        self._attended = day
        name = f"{day.year:04}-{day.month:02}"
        self._there[name] = self._there.get(name, 0) | 1 << (day.day - 1)
        if name not in self._whole and is_whole(name, self._there[name]):
            self._whole.add(name)
            self._here.clear()

    def grant(self, number: str, name: str, at: Instant) -> None:
        """The caller has a standing from now on; who has it already keeps it as it is."""
        if all(held.name != name for held in self.record(number).grants):
            self.change(number, GiveGrant(name), Author("the log", "", at, "a VIP by the mapping"))

    def change(self, number: str, change: Change, author: Author) -> Record:
        """What people decide, but a release. Raises `RefusedError`."""
        after = apply(self.record(number), change, author)
        self._of(number).record = after
        return after

    def agreed(self, number: str, consent: Consent) -> None:
        """Keep a consent: the latest for each line."""
        known = self._of(number)
        by_line = {each.line: each for each in known.consents}
        before = by_line.get(consent.line, consent)
        if (before.at, before.id) <= (consent.at, consent.id):
            by_line[consent.line] = consent
        known.consents = tuple(by_line[line] for line in sorted(by_line))

    # --- sums ---------------------------------------------------------------------------------

    def _of(self, number: str) -> _Known:
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = _Known()
        return known

    def _advance(self, since: date) -> None:
        if since != self._since:
            self._alike.clear()
            self._earliest = earliest(_CLEAR, since)
        self._since = since

    def _prune(self, known: _Known) -> None:
        """Drop what no lookup brings any more."""
        if known.tallies and known.tallies[0].day < self._since:
            known.tallies = tuple(each for each in known.tallies if each.day >= self._since)
        months = known.months
        if months and months[0].name < self._earliest:
            first = earliest(known.record.process, self._since)
            known.months = tuple(each for each in months if each.name >= first)

    def _months_here(self, first: str) -> frozenset[str]:
        found = self._here.get(first)
        if found is None:
            found = self._here[first] = frozenset(n for n in self._whole if n >= first)
        return found

    def _tallied(
        self, held: tuple[Tally, ...], day: date, case: str | None, answered: bool
    ) -> tuple[Tally, ...]:
        same = Tally(day, case, 0, 0)
        others = []
        for each in held:
            if each.day == day and each.case == case:
                same = each
            elif each.day >= self._since:
                others.append(each)
        after = self._one(Tally(day, case, same.ended + 1, same.answered + answered))
        if not others:
            return self._one((after,))
        others.append(after)
        if others[-2].day >= day:  # told late
            others.sort(key=lambda each: (each.day, each.case or ""))
        return tuple(others)

    def _counted(
        self, held: tuple[MonthTally, ...], name: str, marked_by: str | None
    ) -> tuple[MonthTally, ...]:
        marked = marked_by is not None
        if not held or held[-1].name < name:
            after = self._one(MonthTally(name, 1, int(marked)))
            return (*held, after) if held else self._one((after,))
        by_name = {each.name: each for each in held}
        before = by_name.get(name, MonthTally(name, 0, 0))
        after = self._one(MonthTally(name, before.contacts + 1, before.marks + marked))
        if len(held) == 1 and before is held[0]:
            return self._one((after,))
        by_name[name] = after
        return tuple(by_name[each] for each in sorted(by_name))

    def _one(self, value: T) -> T:
        if len(self._alike) > _ALIKE:
            self._alike.clear()
        return cast(T, self._alike.setdefault(value, value))


def _spoke(known: _Known, contact: Contact) -> None:
    """Who answered last, and whether it was noted; of two at once, the later by name or id."""
    if contact.agent and (contact.ended, contact.agent) > (known.agent_at, known.agent or ""):
        known.agent, known.agent_at = contact.agent, contact.ended
    id_ = contact.id
    if (contact.ended, id_) > (known.last_at, known.last_id):
        known.last_at, known.last_id = contact.ended, id_
        known.undocumented = contact.note is None
