"""The run of a copy into a Redis: of several only the one that began last writes. Blocking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ivr.engine.interfaces import StoreError
from ivr.store.redis import keys, scripts
from ivr.store.redis.around import COPYING, VERSION
from ivr.store.redis.commands import Command, UnseenError, on
from ivr.store.redis.links import link
from ivr.store.redis.places import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.store.redis.commands import Word
    from ivr.store.redis.places import RedisPlace

#: Commands that go out together.
_COMMANDS: Final = 2000
#: Commands that are one script: it is over in a few milliseconds.
_AT_ONCE: Final = 100


class Server:
    """A way to the servers. Raises `StoreError`."""

    def __init__(self, place: RedisPlace) -> None:
        self.place = place
        self.link = link(place)

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The replies of all; the first that is an error is raised."""
        replies: list[Any] = []
        for first in range(0, len(commands), _COMMANDS):
            replies += self.link.ask(commands[first : first + _COMMANDS])
            for reply in replies[first:]:
                if isinstance(reply, Exception):
                    raise reply
        return replies


class Run(Server):
    """The way of a run that writes a copy."""

    def __init__(self, place: RedisPlace) -> None:
        super().__init__(place)
        self._claim: Word = b""

    def begin(self, seen: bytes | None, source: str) -> None:
        """Be the run that writes from now on, if what was `seen` as the version is still there."""
        claim = f"{COPYING} {source} {uuid4().hex}".encode()
        self._take(seen or b"", claim)
        self._claim = claim

    def end(self) -> None:
        """Make it a store."""
        self._take(self._claim, VERSION)

    def write(self, commands: Sequence[Command]) -> None:
        """Returns when as many replicas have it as the place wants.

        Raises `StoreError` if another run took over: then nothing is written, however long this one
        was suspended, and wherever. In a cluster no script sees the version and all callers: it is
        looked at before, and a run that is suspended between the two writes what it has in hand,
        which are `_COMMANDS` at the most.
        """
        for first in range(0, len(commands), _COMMANDS):
            some = commands[first : first + _COMMANDS]
            if self.place.kind == CLUSTER:
                self._expect(self.ask([on(keys.VERSION_KEY, "GET")]) == [self._claim])
                self._seen(some)
            else:
                pieces = range(0, len(some), _AT_ONCE)
                asked = [self._guarded(some[piece : piece + _AT_ONCE]) for piece in pieces]
                self._expect(all(self._seen(asked)))

    def _guarded(self, commands: Sequence[Command]) -> Command:
        words = [word for each in commands for word in (len(each.words), *each.words)]
        return scripts.COPY([keys.VERSION_KEY], self._claim, *words)

    def _take(self, seen: Word, claim: Word) -> None:
        self._expect(all(self._seen([scripts.TAKE([keys.VERSION_KEY], seen, claim)])))

    def _seen(self, commands: Sequence[Command]) -> list[Any]:
        """The replies, once as many replicas have it as the place wants."""
        wanted = self.place.replicas
        try:
            return self.ask([replace(each, replicas=wanted) for each in commands])
        except UnseenError as error:
            raise StoreError(
                f"{self.place.shown}: {error}: see that the replicas run, then run this again"
            ) from error

    def _expect(self, ours: bool) -> None:
        if not ours:
            raise StoreError(
                f"{self.place.shown}: another run of this copy took it over, or opened it to "
                "engines: this one writes nothing more. See what became of the other one first"
            )
