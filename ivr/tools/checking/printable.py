"""Text as a terminal and an XML parser may have it."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""The text on one line: what does not show is written as `\x1b` or `\u202e`.

    File names may hold anything, and so may what a policy is quoted with: line breaks, what moves a
    terminal's cursor, bytes that are no UTF-8.
    """
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
