"""The page of metrics, a piece at a time.

With ten thousand routes the whole page takes a tenth of a second, for which every call would wait:
a few hundred samples are made into text, then calls have their turn.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client import CollectorRegistry, Metric
    from prometheus_client.registry import Collector

    from ivr.web.wire import Clock

#: Samples of a family that are made into text at once: about a millisecond's work.
PIECE: Final = 250
#: Characters before calls have their turn: about as much.
TURN: Final = 20_000
_END: Final = "# EOF\n"


def exposition(
    registry: CollectorRegistry, encode: Callable[[Collector], bytes], clock: Clock
) -> Deferred[str]:
    """The page, in the format of `encode`. It fires at once where there is little to tell."""
    page: Deferred[str] = Deferred()
    _go_on(pieces(registry, encode), [], page, clock)
    return page


def _go_on(left: Iterator[str], done: list[str], page: Deferred[str], clock: Clock) -> None:
    length = 0
    try:
        while length < TURN:
            done.append(next(left))
            length += len(done[-1])
    except StopIteration:
        page.callback("".join(done))
    except Exception:  # a collector that fails: the request must not hang
        page.errback()
    else:
        clock.callLater(0, lambda: _go_on(left, done, page, clock))


def pieces(registry: CollectorRegistry, encode: Callable[[Collector], bytes]) -> Iterator[str]:
    """Texts that are the page, one after the other."""
    before = None
    for part in _parts(registry):
        text = encode(_Only(part)).decode().removesuffix(_END)
        yield text if part.name != before else _without_heading(text)
        before = part.name
    if encode(_Only(None)).decode() == _END:
        yield _END


def _parts(registry: CollectorRegistry) -> Iterator[Metric]:
    """Every family; a large one in several of its name.

    None tells when a counter began: the process does, and it would be half of the page.
    """
    for family in registry.collect():
        samples = [each for each in family.samples if not each.name.endswith("_created")]
        for first in range(0, max(1, len(samples)), PIECE):
            part = copy(family)
            part.samples = samples[first : first + PIECE]
            yield part


def _without_heading(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class _Only:
    """What an encoder takes for a registry."""

    family: Metric | None

    def collect(self) -> Iterator[Metric]:
        """The one family."""
        if self.family is not None:
            yield self.family
