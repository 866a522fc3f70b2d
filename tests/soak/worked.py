"""The engine of a soak: its log is read as it comes and not kept, since hours of it fit nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tests.live.real import Engine

DECISIONS: Final = 4 * 1024 * 1024
"""Bytes of kept decisions: filled in half a minute, so that old ones have to go."""

_QUIET: Final = ('"level": "info"', '"event": "connection refused"')


class Worked(Engine):
    """`python -m MODULE serve` with the sample policy.

    Its `log` keeps what is more than information, but for the strangers that the soak sends;
    `loads` counts the policies that it took while it worked.
    """

    def __init__(self, folder: Path, module: str = "ivr") -> None:
        self.module, self.loads = module, 0
        super().__init__(
            folder,
            # As long as a caller has: how busy the machine and its disk are is not what is tested.
            lookup_deadline="2500ms",
            record_deadline="2500ms",
            max_lag="2500ms",
            decisions_bytes=f"{DECISIONS // 1024 // 1024}MB",
        )
        self._reloads = 0

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def take_another_policy(self) -> None:
        """Change the policy in a small thing, and have it loaded."""
        told = ("head_start: 20m", "head_start: 21m")
        old, new = told if self._reloads % 2 == 0 else reversed(told)
        self.edit("routes.yaml", old, new)
        self.hang_up()
        self._reloads += 1

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            self.loads += '"event": "policy in force"' in text
            if not any(each in text for each in _QUIET):
                self.log.append(json.loads(text) if text.startswith("{") else {"exception": text})
