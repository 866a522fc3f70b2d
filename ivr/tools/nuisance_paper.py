"""The nuisance process on paper: what a supervisor reads, and reads out to the customer."""

from __future__ import annotations

from calendar import month_name
from typing import TYPE_CHECKING, Final

from ivr.callers import changes, process
from ivr.callers.erasure import ERASE
from ivr.callers.nuisance import Sort, Stage
from ivr.engine.process import NAMES
from ivr.store.documents import KINDS, change_from
from ivr.tools.moments import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Record
    from ivr.callers.changes import Change
    from ivr.callers.nuisance import Month, Rules, Told
    from ivr.engine.interfaces import JournalEntry
    from ivr.engine.process import Case, MonthSeen, Situation

_LABEL: Final = 11

#: What is due, in words.
_DUE: Final = {Stage.WARNED: "the warning is due", Stage.PAID: "the notice is due"}

_TODO: Final = {
    Stage.WARNED: "call the customer and explain, then",
    Stage.PAID: "call the customer and announce it (not whoever gave the warning), then",
}


def due_text(cases: Sequence[Case], rules: Rules, zone: ZoneInfo) -> str:
    """Everybody whose step is due, with what to read out."""
    if not cases:
        return "no step is due"
    return "\n\n".join("\n".join(_due(case, rules, zone)) for case in cases)


def case_text(case: Case, rules: Rules, zone: ZoneInfo) -> str:
    """A number with its months and everything that was done about it."""
    lines = [*_situation(case.situation, rules, zone)]
    lines += _block("months", [line for seen in case.evidence for line in _month(seen, rules)])
    lines += _block("history", [line for entry in _told(case) for line in _entry(entry, zone)])
    return "\n".join(lines)


def situation_text(found: Situation, rules: Rules, zone: ZoneInfo) -> str:
    """Where a number stands."""
    return "\n".join(_situation(found, rules, zone))


def _due(case: Case, rules: Rules, zone: ZoneInfo) -> Iterator[str]:
    found = case.situation
    yield from _situation(found, rules, zone)
    for seen in case.evidence:
        yield from (f"  {line}" for line in _month(seen, rules))
    tries = [entry for entry in case.history.journal if entry.kind == KINDS[process.Attempt]]
    if tries:
        yield from _block("tried", [line for entry in tries for line in _entry(entry, zone)])
    if found.due is not None and not found.hindered:
        step = NAMES[found.due]
        yield from _block("to do", [
            _TODO[found.due],
            f"ivr nuisance confirm {found.caller.number} --step {step} --by … --how … --note …",
        ])  # fmt: skip


def _situation(found: Situation, rules: Rules, zone: ZoneInfo) -> Iterator[str]:
    due = _DUE[found.due] if found.due is not None else ""
    yield ": ".join(part for part in (found.caller.number, found.stage.value, due) if part)
    if found.hindered and (found.due or found.standing.stage is not Stage.CLEAR):
        yield from _block("waits", [found.hindered])
    yield from _people(found.caller.record, zone)
    yield from _block("in a row", [_in_a_row(found, rules)])


def _people(record: Record, zone: ZoneInfo) -> Iterator[str]:
    steps = (("warned", record.process.warned), ("noticed", record.process.noticed))
    for label, told in steps:
        if told is not None:
            yield from _block(label, [_by(told, zone)])
    if record.process.appeal is not None:
        yield from _block("appeal", [f"since {shown(record.process.appeal, zone)}, undecided"])


def _by(told: Told, zone: ZoneInfo) -> str:
    return f"{shown(told.at, zone)} by {told.by}, {told.how}"


def _in_a_row(found: Situation, rules: Rules) -> str:
    stands = found.standing
    needed = f"a watched month has {rules.contacts} contacts and {rules.marks} marks or more"
    if stands.quiet:
        return f"{stands.quiet} quiet of the {rules.quiet} that clear the number; {needed}"
    return f"{stands.watched} watched; {needed}"


def _month(seen: MonthSeen, rules: Rules) -> Iterator[str]:
    month = seen.month
    yield f"{in_words(month.name)}: {counted(month)}{_what(month, rules)}"
    if seen.marked_by:
        agents = ", ".join(f"{agent} ({count})" for agent, count in seen.marked_by)
        yield f"  marked by {agents}"
    if seen.days:
        days = ", ".join(f"{day.day}{f' ({n})' if n > 1 else ''}" for day, n in seen.days)
        yield f"  contacts on {days}"
    if sum(count for _, count in seen.days) < month.contacts:
        yield "  not every contact is kept any more: the policy's retention"


def in_words(name: str) -> str:
    """`2026-10` as October 2026."""
    return f"{month_name[int(name[5:])]} {name[:4]}"


def counted(month: Month) -> str:
    """A month's evidence."""
    noun = "contact" if month.contacts == 1 else "contacts"
    return f"{month.contacts} {noun}, {month.marks} of them marked as not to the point"


def _what(month: Month, rules: Rules) -> str:
    match month.sort(rules):
        case Sort.WATCHED:
            return ""
        case Sort.QUIET:
            return " (quiet)"
        case Sort.VOID:
            return f" (does not count: {month.void})"


# --- history ---------------------------------------------------------------------------------


def _told(case: Case) -> Sequence[JournalEntry]:
    """What people did, over all owners; agents' words about contacts are in the months."""
    return [entry for entry in case.history.journal if entry.kind in (*KINDS.values(), ERASE)]


def _entry(entry: JournalEntry, zone: ZoneInfo) -> Iterator[str]:
    by = entry.author
    if entry.kind == ERASE:
        yield f"{shown(by.at, zone)} erased by {by.by} ({by.os_user}): {by.why}"
        return
    change = change_from(entry.kind, dict(entry.values))
    yield f"{shown(by.at, zone)} {_done(change)} by {by.by} ({by.os_user}): {by.why}"
    if isinstance(change, process.Confirm):
        for name, contacts, marks, void in change.evidence:
            why = f" (did not count: {void})" if void else ""
            yield f"  {in_words(name)}: {contacts} contacts, {marks} marked{why}"


def _done(change: Change) -> str:
    match change:
        case process.Confirm():
            return f"'{NAMES[change.step]}' confirmed, {change.how},"
        case process.Attempt():
            return f"'{NAMES[change.step]}' tried, {change.how},"
        case process.FileAppeal():
            return "appeal"
        case process.DecideAppeal():
            return f"appeal {'upheld' if change.upheld else 'rejected'}"
        case process.ClearProcess():
            return "cleared"
        case changes.Release():
            return "released to a new owner"
        case changes.SetShared():
            return "said to be shared" if change.shared else "said to be shared no longer"
        case _:
            return KINDS[type(change)]


def _block(label: str, lines: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(lines or ["none"]):
        yield f"  {label if index == 0 else '':{_LABEL}}{line}"
