"""A tree drawn as text: lines of at most a width, each with its place at the right. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Columns.
WIDTH: Final = 100
#: The narrowest that a text is wrapped to, however deep it stands.
_NARROWEST: Final = 24
#: What stands before a node that decided.
_HERE: Final = "▶ "
_HERE_PLAIN: Final = "=> "


@dataclass(frozen=True, slots=True)
class Node:
    """A line of a tree. `place` is where it was written (file:line:col, "": nowhere)."""

    text: str
    place: str = ""
    decided: bool = False
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Pen:
    """How a tree is drawn: in plain ASCII or not, with colours or not."""

    plain: bool = False
    colour: bool = False
    width: int = WIDTH

    @property
    def _lines(self) -> tuple[str, str, str, str]:
        return ("|- ", "`- ", "|  ", "   ") if self.plain else ("├─ ", "└─ ", "│  ", "   ")

    def draw(self, nodes: Sequence[Node], before: str = "") -> Iterator[str]:
        """The lines of a forest; `before` stands at the beginning of each."""
        branch, last_branch, bar, gap = self._lines
        for index, node in enumerate(nodes):
            last = index == len(nodes) - 1
            below = before + (gap if last else bar)
            yield from self._node(node, before + (last_branch if last else branch), below)
            yield from self.draw(node.children, below)

    def _node(self, node: Node, first: str, below: str) -> Iterator[str]:
        """One node. A text that is too long is wrapped; its place stands at the right end."""
        mark = (_HERE_PLAIN if self.plain else _HERE) if node.decided else ""
        bar = ("|  " if self.plain else "│  ") if node.children else "   "
        room = max(_NARROWEST, self.width - len(below) - len(bar))
        parts = textwrap.wrap(
            mark + self.safe(node.text), room, break_long_words=False, break_on_hyphens=False
        ) or [""]
        for index, part in enumerate(parts):
            start = first if index == 0 else below + bar
            place = self.safe(node.place) if index == len(parts) - 1 else ""
            yield from self._placed(start, part, place, below + bar, decided=node.decided)

    def lines(self, texts: Iterable[str]) -> Iterator[str]:
        """Texts that stand by themselves, wrapped."""
        for text in texts:
            yield from textwrap.wrap(self.safe(text), self.width, subsequent_indent="  ")

    def safe(self, text: str) -> str:
        """The text such that nothing that a trunk or a file says speaks to a terminal."""
        kept = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
        return kept.encode("ascii", "backslashreplace").decode() if self.plain else kept

    def _placed(
        self, start: str, text: str, place: str, below: str, *, decided: bool
    ) -> Iterator[str]:
        left = self.width - len(start) - len(text) - len(place)
        shown = click.style(text, bold=True) if decided and self.colour else text
        faint = click.style(place, dim=True) if place and self.colour else place
        if not place:
            yield f"{start}{shown}".rstrip()
        elif left >= 2:
            yield f"{start}{shown}{' ' * left}{faint}"
        else:
            yield f"{start}{shown}"
            yield f"{below}{' ' * (self.width - len(below) - len(place))}{faint}"
