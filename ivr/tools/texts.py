"""Texts of the tools, as a terminal and an XML parser may have them."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""The text on one line: what does not show is written as `\x1b` or `\u202e`.

    File names may hold anything, and so may what a policy is quoted with: line breaks, what moves a
    terminal's cursor, bytes that are no UTF-8.
    """
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def count(number: int, what: str) -> str:
    """`1 route`, `300 routes`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
