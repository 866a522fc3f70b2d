"""A policy on its way from the process that read it: bytes that are opened a piece at a time.

Whoever opens a policy of ten thousand routes at once holds every call up for a third of a second;
a piece takes one or two milliseconds. Only what a child of our own wrote is opened: a pickle of
strangers could do anything.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from ivr.policy.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.policy.index import Index, Key
    from ivr.policy.model import Policy, Route

T = TypeVar("T")

#: Routes (or entries of their index) in a piece: about a millisecond's work.
PIECE: Final = 50
_FORM: Final = 5


class TornError(ValueError):
    """The parcel is not whole."""


def pack(loaded: Policy | Problems) -> bytes:
    """A policy, or what is wrong with it."""
    parcel = io.BytesIO()
    pickler = pickle.Pickler(parcel, _FORM)  # one for all: what routes share is packed once
    if isinstance(loaded, Problems):
        pickler.dump(loaded)
        return parcel.getvalue()
    pickler.dump((replace(loaded, routes=(), index=None), len(loaded.routes)))
    for piece in _pieces(loaded.routes):
        pickler.dump(piece)
    _pack_index(loaded.index, pickler)
    return parcel.getvalue()


def _pack_index(index: Index | None, pickler: pickle.Pickler) -> None:
    if index is None:
        pickler.dump((None, 0))
        return
    pickler.dump((replace(index, values={}), len(index.values)))
    for piece in _pieces(index.values.items()):
        pickler.dump(piece)


def _pieces(things: Iterable[T]) -> Iterator[tuple[T, ...]]:
    left = iter(things)
    while piece := tuple(islice(left, PIECE)):
        yield piece


@dataclass(slots=True)
class Opening:
    """Opens a parcel: each turn of the iteration is one piece. Then `found` is what was in it.

    Raises `TornError`.
    """

    parcel: bytes
    found: Policy | Problems | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[None]:
        try:
            yield from self._open(pickle.Unpickler(io.BytesIO(self.parcel)))  # noqa: S301 - ours
        except (EOFError, pickle.UnpicklingError) as error:
            raise TornError(f"the policy did not arrive whole ({error})") from error

    def _open(self, unpickler: pickle.Unpickler) -> Iterator[None]:
        first = unpickler.load()
        if isinstance(first, Problems):
            self.found = first
            return
        policy, count = first
        routes: list[Route] = []
        while len(routes) < count:
            yield
            routes += unpickler.load()
        yield
        index, count = unpickler.load()
        values: dict[Key, tuple[int, ...]] = {}
        while len(values) < count:
            yield
            values.update(unpickler.load())
        if index is not None:
            index = replace(index, values=values)
        self.found = replace(policy, routes=tuple(routes), index=index)
        yield  # what the unpickler remembers goes in a turn of its own
