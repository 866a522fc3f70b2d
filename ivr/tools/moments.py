"""Moments as people write and read them, in the policy's time zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from ivr.engine.desk import DeskError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant

#: Years that a date on a command line may be in; others are slips of the hand.
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2200


def parse_until(text: str, zone: ZoneInfo) -> Instant:
    """The moment at which something ends: a date ends with that day. Raises `DeskError`."""
    try:
        moment = datetime.fromisoformat(text)
        is_day = len(text) <= len("2027-05-12")
    except ValueError:
        raise DeskError(
            f"{text!r} is no date: write 2027-05-12 (the whole day counts) or 2027-05-12T18:00"
        ) from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise DeskError(f"the year {moment.year} cannot be meant: leave the date out for no end")
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return (local + timedelta(days=1) if is_day else local).timestamp()


def shown(at: Instant, zone: ZoneInfo) -> str:
    """A moment as `2026-11-22 20:44`, local time."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"


def shown_end(until: Instant | None, zone: ZoneInfo) -> str:
    """When something ends; the end of a day is told as that day."""
    if until is None:
        return "without end"
    local = datetime.fromtimestamp(until, zone)
    if local.time() == time():
        return f"until the end of {(local - timedelta(days=1)):%Y-%m-%d}"
    return f"until {shown(until, zone)}"


def iso(at: Instant, zone: ZoneInfo) -> str:
    """A moment as machines read it, with its offset."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
