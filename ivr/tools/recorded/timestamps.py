"""Moments as a log writes them. `strptime` takes 8 µs each; the usual forms are read in 2."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ivr.engine.desk import DeskError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant

#: Seconds since 1970, as a mapping may call them; strptime has no word for them.
EPOCH: Final = "epoch"

#: Directives by what strptime takes for them (its own patterns), for ASCII digits.
_PATTERNS: Final = {
    "Y": r"(?P<Y>[0-9]{4})",
    "y": r"(?P<y>[0-9]{2})",
    "m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "d": r"(?P<d>3[0-1]|[1-2][0-9]|0[1-9]|[1-9]| [1-9])",
    "H": r"(?P<H>2[0-3]|[0-1][0-9]|[0-9])",
    "M": r"(?P<M>[0-5][0-9]|[0-9])",
    "S": r"(?P<S>[0-5][0-9]|[0-9])",
}
_DIRECTIVE: Final = re.compile(r"%(.?)|(\s+)|([^%\s]+)", re.DOTALL)
_LONGEST: Final = 64


def moments(form: str, zone: ZoneInfo) -> Callable[[str], Instant]:
    """A reader of moments of one form; it raises `DeskError` for what is none of them.

    A moment that says no offset is local time of `zone`, an hour that comes twice the first.
    """
    if form == EPOCH:
        return _epoch
    slow = _slow(form, zone)
    pattern = _pattern(form)
    return slow if pattern is None else _fast(pattern, zone, slow)


def check_form(form: str) -> None:
    """Raises `DeskError` for a form that strptime cannot read."""
    if form == EPOCH:
        return
    try:
        _naive(datetime(2026, 2, 3, tzinfo=UTC).strftime(form), form)
    except (ValueError, re.error, KeyError, IndexError) as error:
        raise DeskError(f"the form {form!r} cannot be read: {error}") from None


def _fast(
    pattern: re.Pattern[str], zone: ZoneInfo, slow: Callable[[str], Instant]
) -> Callable[[str], Instant]:
    match, order = pattern.fullmatch, tuple(pattern.groupindex)
    short = "y" in order
    year, month, day = (order.index(name) for name in ("y" if short else "Y", "m", "d"))
    clock = [order.index(name) for name in ("H", "M", "S") if name in order]
    whole = len(clock) == 3

    def read(text: str) -> Instant:
        found = match(text)
        if found is None:
            return slow(text)  # a leap second, digits of another script, or nothing at all
        parts = found.groups()
        try:
            y = int(parts[year])
            if short:
                y += 1900 if y > 68 else 2000  # as POSIX, and so strptime, has it
            h, m, s = [int(parts[at]) for at in clock] if whole else _padded(parts, clock)
            at = datetime(y, int(parts[month]), int(parts[day]), h, m, s, tzinfo=zone)
            return at.timestamp()
        except (ValueError, OverflowError):
            return slow(text)

    return read


def _padded(parts: Sequence[str], clock: Sequence[int]) -> list[int]:
    return [*(int(parts[at]) for at in clock), 0, 0, 0][:3]


def _slow(form: str, zone: ZoneInfo) -> Callable[[str], Instant]:
    def read(text: str) -> Instant:
        try:
            moment = _naive(text, form)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
        except (ValueError, OverflowError, re.error):
            raise DeskError(f"{text[:_LONGEST]!r} is not of the form {form!r}") from None

    return read


def _naive(text: str, form: str) -> datetime:
    return datetime.strptime(text, form)  # noqa: DTZ007 (whether it has an offset is the form's)


def _epoch(text: str) -> Instant:
    try:
        moment = float(text[:_LONGEST])
    except ValueError:
        moment = -1.0
    if not 0 <= moment < 1e11:
        raise DeskError(f"{text[:_LONGEST]!r} is no moment: seconds since 1970 belong here")
    return moment


def _pattern(form: str) -> re.Pattern[str] | None:
    """The form as a pattern; None where it has more than days and hours as numbers."""
    parts, seen = [], ""
    for directive, blank, plain in _DIRECTIVE.findall(form):
        if directive in _PATTERNS and directive not in seen:
            parts.append(_PATTERNS[directive])
            seen += directive
        elif blank or plain:
            parts.append(r"\s+" if blank else re.escape(plain))
        else:
            return None
    clock = "".join(each for each in "HMS" if each in seen)
    if len({"Y", "y"} & set(seen)) != 1 or not {"m", "d"} <= set(seen):
        return None
    return re.compile("".join(parts), re.IGNORECASE) if "HMS".startswith(clock) else None
