"""The Twisted end of FastAGI: it moves bytes between a transport and an `AgiConnection`.

A handler is started for each request and holds the session until it returns or raises; then the
connection is closed. Asterisk runs one command at a time, so the last command's reply is awaited
like any other: a decision that was answered has arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from twisted.internet.defer import Deferred, fail
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.python.failure import Failure
from typing_extensions import override

from ivr.asterisk.agi import AgiConnection, Event, Hangup, PeerError, Reply, Request
from ivr.asterisk.bound import Bound
from ivr.asterisk.dialplan import SCRIPT_ENDED, SCRIPT_NEXT
from ivr.asterisk.flood import Flood
from ivr.asterisk.lag import Lag, waited
from ivr.asterisk.limits import Door, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from twisted.internet.interfaces import IAddress, ITransport

    from ivr.asterisk.agi_commands import Command
    from ivr.asterisk.bound import Clock
    from ivr.asterisk.limits import Limits

    Handler = Callable[["Session"], Coroutine[Deferred[Any], Any, None]]


class SessionOver(Exception):  # noqa: N818 - an end is no error
    """The other side is gone, or was cut off: nothing more can be asked of this session."""


class HungUp(SessionOver):
    """The caller hung up."""


class Session(Protocol):
    """One AGI session, as its handler sees it."""

    @property
    def request(self) -> Request:
        """What Asterisk said of the call."""

    @property
    def peer(self) -> str:
        """The address of the Asterisk that asks."""

    def command(self, command: Command) -> Deferred[Reply]:
        """Have Asterisk carry out a command; one at a time.

        Raises `CommandError` at once for what cannot be sent (the session goes on), and fails with
        `HungUp` or another `SessionOver`. A handler that lets these two through ends normally.
        """


class Observer(Protocol):
    """Is told what metrics and logs want to know; at most one refusal for each connection."""

    def opened(self, peer: str) -> None:
        """A connection was let in; `closed` follows."""

    def closed(self, peer: str) -> None:
        """A connection that was let in is gone. Its handler may still have work to finish."""

    def refused(self, peer: str, reason: Refusal, detail: str) -> None:
        """A connection was turned away or cut, or was a `PROBE`: normal traffic.

        `detail` tells more without anything that a caller chose.
        """

    def failed(self, peer: str, request: Request, failure: Failure) -> None:
        """A handler raised: a bug. The connection is closed and the dialplan falls back."""


class Wire(Protocol):
    """What is needed of a transport."""

    def write(self, data: bytes, /) -> None:
        """Send."""

    def loseConnection(self) -> None:
        """Close when all is sent."""

    def abortConnection(self) -> None:
        """Close now."""


class FastAgiFactory(ServerFactory):
    """Serves FastAGI: one `FastAgiSession` for each connection that the limits let in."""

    noisy = False

    def __init__(
        self,
        clock: Clock,
        handler: Handler,
        limits: Limits,
        observer: Observer,
        waited: Callable[[Any], float] = waited,
    ) -> None:
        self.clock = clock
        self.handler = handler
        self.limits = limits
        self.observer = observer
        self._lag = Lag(limits.lag)
        self._waited = waited
        self._door = Door(limits)
        self._flood = Flood(limits.calls_per_number)
        self._running: set[FastAgiSession] = set()
        self._drained: list[Deferred[None]] = []

    @override
    def buildProtocol(self, addr: IAddress | None) -> FastAgiSession | None:
        return self.session(str(getattr(addr, "host", "")))

    def session(self, peer: str) -> FastAgiSession | None:
        """One for a connection from this address; None: it is to be closed unread."""
        reason = self._door.refusal(peer)
        if reason is None:
            return FastAgiSession(self, peer)
        self.observer.refused(peer, reason, "")
        return None

    @property
    def lag(self) -> float:
        """How long, in seconds, the last request had waited when it was read."""
        return self._lag.seconds(self.clock.seconds())

    def is_too_late(self, transport: object) -> bool:
        """For sessions: whether what came first waited so long that it is not even read."""
        return self._lag.is_too_late(self._waited(transport), self.clock.seconds())

    def is_flood(self, request: Request) -> bool:
        """For sessions: whether a new call is one too many of its number. Counts it if not."""
        if request.script in (SCRIPT_NEXT, SCRIPT_ENDED):
            return False
        number = request.headers.get("agi_callerid", "")
        return self._flood.is_one(number, self.clock.seconds())

    @property
    def most_of_an_address(self) -> int:
        """How many connections are open from the address that has most."""
        return self._door.most

    @property
    def open_sessions(self) -> int:
        """How many sessions are open or still have a handler at work."""
        return len(self._running)

    def drain(self) -> Deferred[None]:
        """Fires when no connection is open and no handler runs. Stop listening first."""
        drained: Deferred[None] = Deferred()
        self._drained.append(drained)
        self._tell_drained()
        return drained

    def session_opened(self, session: FastAgiSession) -> None:
        """For sessions: a connection is open."""
        self._door.enter(session.peer)
        self._running.add(session)
        self.observer.opened(session.peer)

    def session_closed(self, session: FastAgiSession) -> None:
        """For sessions: the connection is gone."""
        self._door.leave(session.peer)
        self.observer.closed(session.peer)

    def session_ended(self, session: FastAgiSession) -> None:
        """For sessions: the connection is gone and the handler is done."""
        self._running.discard(session)
        self._tell_drained()

    def _tell_drained(self) -> None:
        if not self._running:
            waiting, self._drained = self._drained, []
            for drained in waiting:
                drained.callback(None)


class FastAgiSession(TwistedProtocol):
    """One connection; it is the `Session` that the handler speaks to."""

    request: Request

    def __init__(self, factory: FastAgiFactory, peer: str) -> None:
        self.peer = peer
        self._home = factory
        self._agi = AgiConnection(factory.limits)
        self._bound = Bound(factory.clock, self._cut)
        self._reply: Deferred[Reply] | None = None  # of the command that Asterisk carries out
        self._over: SessionOver | None = None  # why no more commands are taken
        self._handling = False
        self._closing = False  # nothing that still comes in is read
        self._lost = False
        self._refused = False

    def command(self, command: Command) -> Deferred[Reply]:
        """See `Session.command`."""
        if self._over:
            return fail(self._over)
        line = self._agi.send(command)
        self._reply = reply = Deferred[Reply]()
        self._bound.set(self._home.limits.reply_time, Refusal.REPLY_TIME)
        self._wire.write(line)
        return reply

    def connect(self, wire: Wire) -> None:
        """The connection is there, on a transport that is not Twisted's."""
        self.transport = cast("ITransport", wire)
        self.connectionMade()

    @override
    def connectionMade(self) -> None:
        self._home.session_opened(self)
        self._bound.set(self._home.limits.header_time, Refusal.HEADER_TIME)

    @override
    def dataReceived(self, data: bytes) -> None:
        if self._closing:
            return
        if data and self._agi.is_untouched and self._home.is_too_late(self.transport):
            self._turn_away(Refusal.LATE)
            return
        self._agi.receive(data)
        self._read()

    @override
    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._agi.is_untouched:
            self._refuse(Refusal.PROBE)
        self.dataReceived(b"")
        self._closing = True
        self._bound.stop()
        self._end(SessionOver("the connection is closed"))
        self._lost = True
        self._home.session_closed(self)
        if not self._handling:
            self._home.session_ended(self)

    def _read(self) -> None:
        try:
            while not self._closing and (event := self._agi.next_event()):
                self._take(event)
        except PeerError as error:
            self._cut(error.reason, str(error))

    def _take(self, event: Event) -> None:
        match event:
            case Request():
                self._start(event)
            case Reply():
                self._answer(event)
            case Hangup():
                self._end(HungUp("the caller hung up"))

    def _answer(self, reply: Reply) -> None:
        waiting, self._reply = self._reply, None
        if waiting:  # the reply to what a hang-up cut short is of no use to anybody
            self._bound.clear()
            waiting.callback(reply)

    def _start(self, request: Request) -> None:
        self._bound.clear()
        self.request = request
        if self._home.is_flood(request):
            self._turn_away(Refusal.NUMBER)
            return
        self._handling = True
        Deferred.fromCoroutine(self._home.handler(self)).addBoth(self._handled)

    def _handled(self, result: Failure | None) -> None:
        if isinstance(result, Failure) and not isinstance(result.value, SessionOver):
            self._home.observer.failed(self.peer, self.request, result)
        self._handling = False
        if self._lost:
            self._home.session_ended(self)
        elif not self._closing:
            self._close()

    def _turn_away(self, reason: Refusal) -> None:
        self._refuse(reason)
        self._close()

    def _close(self) -> None:
        self._closing = True
        self._bound.set(self._home.limits.close_time, Refusal.CLOSE_TIME)
        self._wire.loseConnection()

    def _end(self, why: SessionOver) -> None:
        """Take no more commands; the one that runs fails."""
        self._bound.clear()
        self._over = self._over or why
        waiting, self._reply = self._reply, None
        if waiting:
            waiting.errback(self._over)

    def _cut(self, reason: Refusal, detail: str = "") -> None:
        """Drop the connection at once: what the other side did is not to be waited for."""
        self._refuse(reason, detail)
        self._closing = True
        self._wire.abortConnection()
        self._end(SessionOver(f"cut off: {reason}"))

    def _refuse(self, reason: Refusal, detail: str = "") -> None:
        if not self._refused:
            self._refused = True
            self._home.observer.refused(self.peer, reason, detail)

    @property
    def _wire(self) -> Wire:
        return cast(Wire, self.transport)  # zope's interfaces say nothing to a type checker
