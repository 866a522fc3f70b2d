"""How an announcement becomes sound files: prompts by their names, a moment from building blocks.

A moment is said in the same pieces in every language, because Asterisk chooses the language when
it plays them (`CHANNEL(language)`): "we open again", a day, an hour of twelve, minutes where there
are any, a part of the day. Minutes go in steps of five, always up: nobody is told a time before
the opening.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from ivr.policy.calendar import is_open, next_opening
from ivr.policy.model import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ivr.callers.caller import Instant
    from ivr.policy.model import Calendar, Spoken

#: Where the recordings live below each language's sounds; Asterisk's side calls it `SOUNDS`.
FOLDER: Final = "ivr"

#: Prompts of this name are Asterisk's own digits, which it says numbers with (main/say.c).
DIGITS: Final = {f"digit-{digit}": f"digits/{digit}" for digit in range(10)}

_OPENS: Final = "opens"
_TODAY: Final = "day-today"
_TOMORROW: Final = "day-tomorrow"
_LATER: Final = "day-later"
_MIDNIGHT: Final = "hour-midnight"

#: By `date.weekday()`.
_WEEKDAYS: Final = (
    "day-monday",
    "day-tuesday",
    "day-wednesday",
    "day-thursday",
    "day-friday",
    "day-saturday",
    "day-sunday",
)

#: The hour at which each part of the day begins. Not "one at night": a caller told "on Sunday at
#: one at night" cannot tell which end of Sunday is meant.
_PARTS: Final = (
    (22, "part-night"),
    (18, "part-evening"),
    (13, "part-afternoon"),
    (12, "part-midday"),
    (4, "part-morning"),
    (0, "part-after-midnight"),
)

_STEP: Final = 5
_WEEK: Final = 7

#: Every prompt that a moment may be said with, the names as in the manifest.
BLOCKS: Final[tuple[str, ...]] = (
    _OPENS,
    _TODAY,
    _TOMORROW,
    *_WEEKDAYS,
    _LATER,
    _MIDNIGHT,
    *(f"hour-{hour:02}" for hour in range(1, 13)),
    *(f"minute-{minute:02}" for minute in range(_STEP, 60, _STEP)),
    *(part for _, part in _PARTS),
)


def sound(prompt: str) -> str:
    """The sound file of a prompt: below the language's folder, without its ending."""
    return DIGITS.get(prompt, f"{FOLDER}/{prompt}")


def sounds(spoken: Spoken, now: Instant) -> tuple[str, ...]:
    """The sound files of an announcement, in order; `now` is when it is heard."""
    return tuple(sound(name) for part in spoken for name in _names(part, now))


def _names(part: str | Opening, now: Instant) -> Iterator[str]:
    if isinstance(part, Opening):
        yield from _opening(part.calendar, now)
    else:
        yield part


def _opening(calendar: Calendar, now: Instant) -> Iterator[str]:
    """Nothing while it is open, and nothing where no opening is in sight."""
    if is_open(calendar, now):
        return
    opening = next_opening(calendar, now)
    if opening is None:
        return
    said = _rounded_up(opening)
    days = (said.date() - said.fromtimestamp(now, said.tzinfo).date()).days
    yield _OPENS
    if days >= _WEEK:
        yield _LATER
        return
    yield _day(said, days)
    yield from _time(said)


def _rounded_up(moment: datetime) -> datetime:
    """The next full five minutes of the clock on the wall.

    Added in UTC: next to a night's change of the clock, local arithmetic names hours that are not.
    """
    past = timedelta(
        minutes=moment.minute % _STEP, seconds=moment.second, microseconds=moment.microsecond
    )
    if not past:
        return moment
    rounded = moment.astimezone(UTC) + timedelta(minutes=_STEP) - past
    return rounded.astimezone(moment.tzinfo)


def _day(said: datetime, days: int) -> str:
    """The day's name: by the distance of local dates, less than a week."""
    return {0: _TODAY, 1: _TOMORROW}.get(days, _WEEKDAYS[said.weekday()])


def _time(said: datetime) -> Iterator[str]:
    if said.hour == said.minute == 0:
        yield _MIDNIGHT
        return
    yield f"hour-{said.hour % 12 or 12:02}"
    if said.minute:
        yield f"minute-{said.minute:02}"
    yield next(part for begins, part in _PARTS if said.hour >= begins)
