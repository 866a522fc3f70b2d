"""A pipe in a file's place, as a shell's `<(…)` gives it to a command."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def piped(text: str) -> Iterator[str]:
    """The name of a pipe that has this text, which must fit into one (64 KiB)."""
    out, into = os.pipe()
    with os.fdopen(into, "w") as source:
        source.write(text)
    try:
        yield f"/dev/fd/{out}"
    finally:
        os.close(out)
