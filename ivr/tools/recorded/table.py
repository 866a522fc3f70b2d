"""Recorded calls in a table: one row a call, its columns named in the first line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import Outcome
from ivr.callers.numbers import dialled, parse_number
from ivr.engine.desk import DeskError
from ivr.tools.recorded.order import Entry
from ivr.tools.recorded.rows import rows
from ivr.tools.recorded.timestamps import moments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from ivr.tools.recorded.mapping import Column, LogMapping
    from ivr.tools.recorded.rows import Row
    from ivr.tools.recorded.tally import Tally
    from ivr.tools.recorded.text import Text

    Value = Callable[[Row], str | None]

#: Characters of a wrong thing that are shown.
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Table:
    """A reader of tables whose columns `mapping` explains."""

    mapping: LogMapping
    zone: tzinfo
    region: str

    def read(self, text: Text, tally: Tally) -> Iterator[Entry]:
        """The calls, in the order of the rows. Raises `DeskError` where columns are lacking."""
        found = rows(text.numbered(), self.mapping.separator, tally.skip)
        _, names = next(found, (0, []))
        table = _Rows(self.mapping, names, self.zone, self.region)
        for line, row in found:
            tally.rows += 1
            try:
                call = table.call(row, line)
            except DeskError as error:
                tally.skip(line, str(error))
                continue
            if call is None:
                tally.left_out += 1
            else:
                yield call


class _Rows:
    """Makes calls of the rows of a table. Raises `DeskError` where columns are lacking."""

    def __init__(
        self, mapping: LogMapping, names: Sequence[str], zone: tzinfo, region: str
    ) -> None:
        self._at = {name.strip(): n for n, name in enumerate(names)}
        lacking = sorted(mapping.columns - set(self._at))
        if lacking:
            first = mapping.separator.join(names)[:_SHOWN]
            raise DeskError(
                f"the log has no column {', '.join(lacking)}; its first line says {first!r}"
            )
        self._needed = 1 + max(self._at[name] for name in mapping.columns)
        self._region = region
        self._leave_out, self._vip = self._values(mapping.leave_out), self._values(mapping.vip)
        self._started = [self._at[name] for name in mapping.started]
        self._moment = moments(mapping.moment, zone)
        self._outcome, self._outcomes = self._at[mapping.outcome], mapping.outcomes
        self._numbers, self._caller = mapping.numbers, self._value(mapping.caller)
        self._dialled, self._queue = self._value(mapping.dialled), self._value(mapping.queue)
        self._agent, self._topic = self._value(mapping.agent), self._value(mapping.topic)
        self._hold, self._talk = self._value(mapping.hold), self._value(mapping.talk)

    def call(self, row: Row, line: int) -> Entry | None:
        """The call of a row, None for one to leave out. Raises `DeskError` for what is no row."""
        if len(row) < self._needed:
            row += [""] * (self._needed - len(row))
        if self._leave_out and is_any(row, self._leave_out):
            return None
        started = self._moment(" ".join([row[at].strip() for at in self._started]))
        outcome = self._outcomes.get(row[self._outcome].strip())
        if outcome is None:
            raise DeskError(f"outcome {row[self._outcome][:_SHOWN]!r} is not in the mapping")
        number, to = self._caller(row), self._dialled(row)
        if number and self._numbers:
            number = parse_number(number, self._region)
        served = outcome is not Outcome.ABANDONED
        return Entry(
            started,
            line,
            number,
            outcome,
            dialled(to, self._region) if to else "",
            self._queue(row),
            self._agent(row) if served else None,
            seconds(self._hold(row)),
            seconds(self._talk(row)) if served else None,
            self._topic(row),
            bool(self._vip) and is_any(row, self._vip),
        )

    def _values(self, values: Mapping[str, frozenset[str]]) -> list[tuple[int, frozenset[str]]]:
        return [(self._at[name], of) for name, of in values.items()]

    def _value(self, column: Column | None) -> Value:
        """A reader of a column, None where it has nothing to say."""
        if column is None:
            return _nothing
        at, unless, names = self._at[column.name], self._values(column.unless), column.values

        def plain(row: Row) -> str | None:
            return row[at].strip() or None

        def chosen(row: Row) -> str | None:
            if unless and is_any(row, unless):
                return None
            value = row[at].strip() or None
            return names.get(value) if names and value else value

        return chosen if unless or names else plain


def seconds(text: str | None) -> int | None:
    """Seconds, as 90, 90.4 or 0:01:30. Raises `DeskError` for anything else."""
    if text is None:
        return None
    if text.isdecimal() and len(text) < 9:
        return int(text)
    try:
        parts = [float(part) for part in text[:_SHOWN].split(":")]
        total = sum(part * 60**n for n, part in enumerate(reversed(parts)))
    except ValueError:
        total = -1.0
    if len(text) > _SHOWN or not 0 <= total < 10**8 or text.count(":") > 2:
        raise DeskError(f"{text[:_SHOWN]!r} are no seconds")
    return int(total)


def _nothing(_: Row) -> str | None:
    return None


def is_any(row: Row, values: Sequence[tuple[int, frozenset[str]]]) -> bool:
    """Whether a row has any of the values, each in its column."""
    for at, of in values:  # noqa: SIM110 (a generator costs more than all the rest)
        if row[at].strip() in of:
            return True
    return False
