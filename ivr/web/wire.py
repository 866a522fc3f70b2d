"""What is needed of Twisted's reactor and requests; its own interfaces say little to a checker."""
# ruff: noqa: N802 - these are Twisted's names

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred
    from twisted.web.http_headers import Headers


class Timer(Protocol):
    """A call that is to come."""

    def active(self) -> bool:
        """Whether it is still to come."""

    def cancel(self) -> None:
        """Do not call."""


class Clock(Protocol):
    """A reactor, or `twisted.internet.task.Clock`."""

    def callLater(self, delay: float, call: Callable[[], object], /) -> Timer:
        """Call after `delay` seconds."""


class Asked(Protocol):
    """One HTTP request."""

    @property
    def method(self) -> bytes:
        """The verb, in capitals."""

    @property
    def path(self) -> bytes:
        """Without the query."""

    @property
    def requestHeaders(self) -> Headers:
        """What the client said."""

    @property
    def responseHeaders(self) -> Headers:
        """What we will say."""

    def getClientAddress(self) -> object:
        """Where it comes from; has a `host` unless it came over a UNIX socket."""

    def setResponseCode(self, code: int, /) -> None:
        """Choose the answer's code."""

    def notifyFinish(self) -> Deferred[None]:
        """Fires when it is answered, fails when the client is gone."""

    def write(self, data: bytes, /) -> None:
        """Send a part of the body."""

    def finish(self) -> None:
        """The answer is complete."""
