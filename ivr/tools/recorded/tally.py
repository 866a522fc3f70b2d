"""What a reading of recorded calls came to, so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Tally:
    """`rows` are the lines or rows that were read, `calls` the calls that they make.

    `left_out` are rows that tell of no call (of ours), `skipped` those that cannot be read: `told`
    hears of each, with its line and why.
    """

    told: Callable[[int, str], None]
    rows: int = 0
    calls: int = 0
    left_out: int = 0
    skipped: int = 0

    def skip(self, line: int, why: str) -> None:
        """Count a row that cannot be read, and tell of it."""
        self.skipped += 1
        self.told(line, why)
