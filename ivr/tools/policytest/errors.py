"""What stops a test while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.policy.model import Place


class SceneError(Exception):
    """A step, or what was before, cannot be: the message says why; `place` is where it stands."""

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(why)
        self.place = place
