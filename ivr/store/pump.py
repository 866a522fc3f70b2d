"""Runs a store without a reactor: what its threads deliver is done in the thread that waits.

For commands and tests, which ask one thing after another and then end.
"""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

T = TypeVar("T")


class Pump:
    """Takes what is delivered, and does it while something is awaited."""

    def __init__(self) -> None:
        self._delivered: SimpleQueue[tuple[Callable[..., object], tuple[object, ...]]] = (
            SimpleQueue()
        )

    def deliver(self, function: Callable[..., object], *arguments: object) -> None:
        """Take a function to be done; any thread may call this."""
        self._delivered.put((function, arguments))

    def run(self, coroutine: Coroutine[Deferred[Any], Any, T]) -> T:
        """Do what is delivered until the coroutine is over; its result, or what it raised."""
        results: list[T | Failure] = []
        Deferred.fromCoroutine(coroutine).addBoth(results.append)
        while not results:
            function, arguments = self._delivered.get()
            function(*arguments)
        (result,) = results
        if isinstance(result, Failure):
            result.raiseException()
        return result
