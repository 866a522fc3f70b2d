"""Whether the servers can be asked at all: one thread looks, and nobody else waits for them.

A server that is gone is told at once where its port is closed; one that hangs, or a network that
swallows what is sent, costs whoever asks as long as a reply may take. So the first who finds it
tells all, who are refused at once from then on, and a thread asks now and then whether it is back.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import StoreError
from ivr.store.redis import keys
from ivr.store.redis.commands import on
from ivr.store.redis.trouble import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.store.redis.commands import Link

#: Seconds between two looks.
PAUSE: Final = 1.0


class Breaker:
    """What the threads of one store share. `connect` gives a link of the looking thread's own."""

    def __init__(self, connect: Callable[[], Link], pause: float = PAUSE) -> None:
        self._connect = connect
        self._pause = pause
        self._lock = threading.Lock()
        self._why = ""
        self._ended = threading.Event()

    def check(self) -> None:
        """Raise `UnreachableError` at once while the servers are gone."""
        if self._why:
            # Made anew: an error that is raised again and again grows by a traceback each time.
            raise UnreachableError(self._why)

    def trip(self, error: UnreachableError) -> None:
        """Say that they are gone. Where no thread can be had to look for them, the next who asks
        has to find it anew: nobody would ever take it back.
        """
        with self._lock:
            if self._why or self._ended.is_set():
                return
            with suppress(RuntimeError, MemoryError):
                threading.Thread(target=self._look, name="store-probe", daemon=True).start()
                self._why = str(error)

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def _look(self) -> None:
        try:
            while not self._ended.wait(self._pause):
                if self._is_back():
                    break
        finally:  # whatever it ends by: nobody else looks
            with self._lock:
                self._why = ""

    def _is_back(self) -> bool:
        link = self._connect()
        try:
            link.ask([on(keys.VERSION_KEY, "GET")])
        except StoreError:
            return False
        finally:
            link.close()
        return True
