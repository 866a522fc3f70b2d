"""What a command prints on: the terminal may have no letter for it, or somebody closed it."""

from __future__ import annotations

import os
import sys

#: The standard streams by the numbers that they have, and what is done with each.
_STANDARD = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed() -> None:
    """Open each standard stream that is closed (`>&-`) to nowhere.

    A file or a connection that is opened later has the lowest number that is free, and would be
    taken for it.
    """
    for name, mode in _STANDARD:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 # to the end
