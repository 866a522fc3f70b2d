"""Moments as a log writes them. `strptime` is asked once an hour of the log: it takes 8 µs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ivr.engine.desk import DeskError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from ivr.callers.caller import Instant

#: Seconds since 1970, as a mapping may call them; strptime has no word for them.
EPOCH: Final = "epoch"

#: Hours that are remembered, and characters of the longest that is.
_HOURS: Final = 5000
_LONGEST: Final = 64

_TAILS: Final = {
    ":%M:%S": {f":{m:02}:{s:02}": m * 60 + s for m in range(60) for s in range(60)},
    ":%M": {f":{m:02}": m * 60 for m in range(60)},
}


def moments(form: str, zone: tzinfo) -> Callable[[str], Instant]:
    """A reader of moments of one form; it raises `DeskError` for what is none of them.

    A moment that says no offset is local time of `zone`, an hour that comes twice the first.
    """
    if form == EPOCH:
        return _epoch
    slow = _slow(form, zone)
    for tail, seconds in _TAILS.items():
        if form.endswith(tail):
            return _by_hours(slow, seconds)
    return slow


def check_form(form: str) -> None:
    """Raises `DeskError` for a form that strptime cannot read."""
    if form == EPOCH:
        return
    try:
        _naive(datetime(2026, 2, 3, tzinfo=UTC).strftime(form), form)
    except (ValueError, re.error, KeyError, IndexError) as error:
        raise DeskError(f"the form {form!r} cannot be read: {error}") from None


def _by_hours(slow: Callable[[str], Instant], seconds: dict[str, int]) -> Callable[[str], Instant]:
    """Reads the hour once, and the rest by a table; `seconds` has every rest that is written so."""
    first, last = min(seconds), max(seconds)
    length = len(first)
    hours: dict[str, Instant] = {}

    def read(text: str) -> Instant:
        hour, into = hours.get(text[:-length]), seconds.get(text[-length:])
        if hour is not None and into is not None:
            return hour + into
        moment = slow(text)
        if into is not None and len(text) < _LONGEST:
            start, end = slow(text[:-length] + first), slow(text[:-length] + last)
            if end - start == seconds[last]:  # else the clocks are put on or back within it
                if len(hours) >= _HOURS:
                    hours.clear()
                hours[text[:-length]] = start
        return moment

    return read


def _slow(form: str, zone: tzinfo) -> Callable[[str], Instant]:
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
    if not 0 <= moment < 1e10:
        raise DeskError(f"{text[:_LONGEST]!r} is no moment: seconds since 1970 belong here")
    return moment
