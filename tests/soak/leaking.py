"""`ivr` with a fault in it, which a soak has to see: it never forgets what a call carries.

That is half a KiB; a mistake that keeps more is seen the sooner.
"""

from __future__ import annotations

from unittest.mock import patch

from ivr import cli
from ivr.engine.interfaces import Decided
from ivr.routing.ticket import encode
from ivr.telling import Telling

_open: dict[str, str] = {}


class Forgetful(Telling):
    """A watch that forgets to forget."""

    __slots__ = ()

    def decided(self, decided: Decided) -> None:
        """See `Watch`."""
        _open[decided.linked_id] = encode(decided.ticket)
        super().decided(decided)


if __name__ == "__main__":
    with patch.object(cli, "Telling", Forgetful):
        cli.main()
