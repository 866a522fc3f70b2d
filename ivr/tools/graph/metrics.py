"""How wide a text will be in a font that is not there: on the wide side, so that boxes hold it.

A picture is laid out on machines without fonts and looked at with fonts of somebody else's. The
widths are those of the widest common fonts (DejaVu Sans, Verdana); in others there is room left.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


class Style(Enum):
    """How a text is set: its class in the SVG, its size in pixels, and its kind of font."""

    HEADLINE = ("headline", 20.0, "bold")
    HEADING = ("heading", 14.0, "bold")
    NAME = ("name", 13.0, "bold")
    PLAIN = ("plain", 12.0, "sans")
    SMALL = ("small", 11.0, "sans")
    MONO = ("mono", 11.5, "mono")
    NUMBER = ("number", 13.0, "bold")

    @property
    def css(self) -> str:
        """The class in the SVG."""
        return self.value[0]

    @property
    def size(self) -> float:
        """Pixels of the font."""
        return self.value[1]


#: In parts of the size: DejaVu Sans, rounded up.
_NARROW: Final = 0.42
_DIGIT: Final = 0.65
_LOWER: Final = 0.63
_UPPER: Final = 0.76
_WIDE: Final = 1.0
_MONO: Final = 0.61
_BOLD: Final = 1.11

_IS_NARROW: Final = frozenset("ijlt.,:;'|!()[]{}/ fIr-")
_IS_WIDE: Final = frozenset("mwMWQO@%&+<>=_→…#~")


#: Characters that are measured once.
_KNOWN: Final = 4096


def width(text: str, style: Style) -> float:
    """Pixels that the text takes, at most (but for characters that few fonts have)."""
    _, size, kind = style.value
    if kind == "mono":
        return sum(map(_in_mono, text)) * size
    return sum(map(_in_sans, text)) * size * (_BOLD if kind == "bold" else 1.0)


@lru_cache(_KNOWN)
def _in_mono(character: str) -> float:
    return 0.0 if _takes_none(character) else _WIDE * 2 if _is_wide(character) else _MONO


@lru_cache(_KNOWN)
def _in_sans(character: str) -> float:
    if character in _IS_NARROW:
        return _NARROW
    if character.isascii():
        return _ascii(character)
    if _takes_none(character):
        return 0.0
    return _WIDE * 1.1 if _is_wide(character) else _UPPER


def _ascii(character: str) -> float:
    if character in _IS_WIDE:
        return _WIDE
    if character.isdigit():
        return _DIGIT
    return _LOWER if character.islower() else _UPPER


def _takes_none(character: str) -> bool:
    return unicodedata.combining(character) > 0


def _is_wide(character: str) -> bool:
    """Whether it is drawn in a square, as Chinese and emoji are."""
    return unicodedata.east_asian_width(character) in "WF"


def cut(text: str, style: Style, room: float) -> str:
    """The text, or as much of its beginning as the room holds with an ellipsis."""
    # No character is nearly as narrow as half a pixel: the rest of a page of text is not measured.
    text = text if len(text) < room * 2 else text[: int(room * 2)] + " "
    if width(text, style) <= room:
        return text
    left = room - width("…", style)
    taken = 0
    for character in text:
        left -= width(character, style)
        if left < 0:
            break
        taken += 1
    return text[:taken].rstrip() + "…"


def wrapped(text: str, style: Style, room: float, most: int) -> list[str]:
    """The text in at most so many lines, each within the room; the last is cut if it must be."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most - 1:
        line = _fitting(rest, style, room)
        if not line:
            break
        lines.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    if rest:
        lines.append(cut(rest, style, room))
    return lines


def _fitting(text: str, style: Style, room: float) -> str:
    """The words at the beginning that the room holds together; "" if not even one."""
    taken, used = 0, 0.0
    for end, word in _words(text):
        used += width(word, style)
        if used - (width(" ", style) if word.endswith(" ") else 0.0) > room:
            break
        taken = end
    return text[:taken]


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Each word with the space after it, and where it ends."""
    start = 0
    while start < len(text):
        space = text.find(" ", start)
        end = len(text) if space < 0 else space + 1
        yield end, text[start:end]
        start = end


def is_rtl(text: str) -> bool:
    """Whether this text runs from the right: its first letter decides, as Unicode says."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


#: Marks, embeddings, overrides and isolates of the bidirectional algorithm.
_TURNS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
#: One that no XML may have.
_LOST: Final = "\ufffd"


def plain(text: str) -> str:
    """The text as one line that any XML may hold, and that turns nothing round it about."""
    line = " ".join(text.split())
    return "".join(map(_plain, line)) if not (line.isascii() and line.isprintable()) else line


def _plain(character: str) -> str:
    if character in _TURNS:
        return ""
    if unicodedata.category(character) in ("Cc", "Cs") or character in "\ufffe\uffff":
        return _LOST
    return character
