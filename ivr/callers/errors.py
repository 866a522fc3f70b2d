"""What callers' rules refuse."""

from __future__ import annotations


class RefusedError(Exception):
    """A change that makes no sense for this record; the message says what to do."""
