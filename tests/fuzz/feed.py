"""Bytes taken apart into values: the same for a fuzzer and for the test that replays it."""

from __future__ import annotations


class Feed:
    """Reads values from the front; where nothing is left, it reads zeros."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, size: int = 1) -> int:
        """A whole number of `size` bytes, without a sign."""
        return int.from_bytes(self.take(size).ljust(size, b"\0"), "big")

    def choice(self, count: int) -> int:
        """One of `count` ways."""
        return self.number() % count

    def take(self, size: int) -> bytes:
        """So many bytes, or those that are left."""
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def text(self) -> str:
        """A short text; any character may be in it."""
        return self.take(self.number()).decode("utf-8", "surrogateescape")

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._data))
