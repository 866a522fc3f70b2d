"""Moments as people read them. Pure."""

from __future__ import annotations

import math
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant


def local(at: Instant, zone: ZoneInfo) -> str:
    """A moment as `2026-11-22T12:00:05+02:00`."""
    return _second(math.floor(at), zone)


@lru_cache(maxsize=1000)
def _second(at: int, zone: ZoneInfo) -> str:
    """Of the moments that decisions of the same second tell, one is reckoned."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
