"""The engine as a process: what listens, what it holds, and how it starts and ends.

Everything is put together here, and only here a reactor is handed out.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.threads import deferToThreadPool

from ivr import __version__
from ivr.asterisk.fastagi import FastAgiFactory
from ivr.asterisk.limits import Limits
from ivr.asterisk.scripts import Scripts
from ivr.engine.calls import Calls
from ivr.engine.endings import Endings
from ivr.engine.housekeeping import Housekeeping
from ivr.engine.interfaces import StoreError
from ivr.engine.keeping import Keeper
from ivr.engine.policies import Policies
from ivr.engine.systems import Systems
from ivr.policy.model import Policy
from ivr.store.sqlite import SqliteStore
from ivr.web.health import Phase, Readiness, ReloadResult
from ivr.web.site import Controls, make_site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from twisted.python.failure import Failure

    from ivr.engine.interfaces import Store
    from ivr.policy.problems import Problems
    from ivr.settings import Settings
    from ivr.telling import Telling

#: Bytes of a decision's id: enough that two never meet, short in a log.
_ID_BYTES: Final = 8
#: Seconds that /readyz waits for the store before it says that it does not answer.
_PING: Final = 1.0
#: Asterisk ends a prompt by its own bound first; ours is for an Asterisk that does not.
_SLACK: Final = 30.0

#: Seconds between two rounds of housekeeping, and how long one may take.
_ROUND: Final = 60.0
#: Seconds for what is to be put away: a disk that hangs must not keep the process from ending.
_CLOSING: Final = 5.0


class ServiceError(Exception):
    """The engine cannot start; the message says what to do."""


@dataclass(slots=True)
class Service:
    """One engine. `reactor` is Twisted's; `telling` is told everything."""

    settings: Settings
    policy: Policy
    telling: Telling
    reactor: Any
    store: Store = field(init=False)
    policies: Policies = field(init=False)
    systems: Systems = field(default_factory=Systems, init=False)
    factory: FastAgiFactory = field(init=False)
    _phase: Phase = field(default=Phase.STARTING, init=False)
    _ports: list[Any] = field(default_factory=list, init=False)
    _trouble: tuple[str, ...] = field(default=(), init=False)
    _unwritten: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        self.store = SqliteStore(str(self.settings.store), self.reactor.callFromThread)
        self.policies = Policies(self.settings.routes, self.policy, self._aside)
        keeper = Keeper(
            self.store, self.reactor, time.time, self.telling,
            self.settings.lookup_deadline, self.settings.record_deadline,
        )  # fmt: skip
        calls = Calls(self._policy, keeper, self.telling, time.time, _new_id)
        endings = Endings(self._policy, keeper, time.time, self.systems)
        bound = int(self.settings.prompt_bound)
        scripts = Scripts(calls, endings, bound, self.telling.asked)
        self.factory = FastAgiFactory(self.reactor, scripts, _limits(self.settings), self.telling)

    def start(self) -> None:
        """Listen. Raises `ServiceError` where an address cannot be had."""
        settings = self.settings
        site = make_site(
            self.telling.metrics.registry, Controls(self._readiness, self.reload), self.reactor
        )
        self._listen(settings.agi_address, settings.agi_port, self.factory, "agi_port")
        self._listen(settings.http_address, settings.http_port, site, "http_port")
        self.telling.loaded(self.policy, time.time())

    def serving(self) -> None:
        """The reactor turns: say so."""
        settings = self.settings
        self.telling.listening(
            f"{settings.agi_address}:{self.agi_port}", f"{settings.http_address}:{self.http_port}"
        )
        self._phase = Phase.SERVING
        self._watch_store()
        self._keep_house(Housekeeping(self._policy, self.store, time.time))

    @property
    def agi_port(self) -> int:
        """The port on which FastAGI listens."""
        return _port(self._ports[0])

    @property
    def http_port(self) -> int:
        """The port of metrics and health."""
        return _port(self._ports[1])

    async def reload(self) -> ReloadResult:
        """Take the policy in force anew; a bad one changes nothing."""
        loaded = await self.policies.reload()
        if isinstance(loaded, Policy):
            self.telling.loaded(loaded, time.time())
            return ReloadResult(loaded.hash)
        problems = tuple(map(str, loaded))
        self.telling.rejected(problems, time.time())
        return ReloadResult(self.policies.current.hash, problems)

    async def stop(self) -> None:
        """Take no new calls, let those under way finish within a bound, close the store."""
        self._phase = Phase.DRAINING
        for port in self._ports[:1]:
            await maybeDeferred(port.stopListening)
        self.telling.stopping(self.factory.open_sessions)
        drained = self.factory.drain().addTimeout(self.settings.drain, self.reactor)
        await drained.addErrback(lambda _: None)  # who is still there falls back by his dialplan
        for port in self._ports[1:]:
            await maybeDeferred(port.stopListening)
        closing = [self._store_closed(), self._decisions_kept()]
        closed = DeferredList(closing, consumeErrors=True)
        await closed.addTimeout(_CLOSING, self.reactor).addErrback(lambda _: None)
        self.telling.stopped()

    def _store_closed(self) -> Deferred[None]:
        return Deferred.fromCoroutine(_as_coroutine(self.store.close()))

    def _decisions_kept(self) -> Deferred[None]:
        """What waits to be kept is written."""
        return self.telling.kept.close() if self.telling.kept else succeed(None)

    def _listen(self, address: str, port: int, factory: Any, setting: str) -> None:
        try:
            listening = self.reactor.listenTCP(port, factory, interface=address, backlog=1024)
        except CannotListenError as error:
            raise ServiceError(
                f"cannot listen on {address}:{port} ({error.socketError}): is another engine "
                f"running there? Choose another with --{setting.replace('_', '-')}"
            ) from error
        self._ports.append(listening)

    def _policy(self) -> Policy:
        return self.policies.current

    def _readiness(self) -> Readiness:
        sessions = self.factory.open_sessions
        return Readiness(
            self._phase, self.policies.current.hash, self._trouble, sessions, __version__
        )

    def _watch_store(self) -> None:
        """Ask the store once a second whether it would answer, for /readyz."""
        Deferred.fromCoroutine(self._ping()).addBoth(
            lambda _: self.reactor.callLater(_PING, self._watch_store)
        )

    async def _ping(self) -> None:
        trouble = (
            *await self._store_trouble(),
            *self._unwritten,
            *self.systems.clashes(time.time()),
        )
        if self._phase is Phase.SERVING and trouble != self._trouble:
            self._trouble = trouble
            self.telling.troubled(trouble)

    async def _store_trouble(self) -> tuple[str, ...]:
        try:
            ping = Deferred.fromCoroutine(_as_coroutine(self.store.ping()))
            await ping.addTimeout(_PING, self.reactor)
        except StoreError as error:
            return (f"the store fails: {error}; every caller is regular",)
        except Exception:  # a deadline that passed, or a bug: either way it does not answer
            return ("the store does not answer; every caller is regular",)
        return ()

    def _keep_house(self, housekeeping: Housekeeping) -> None:
        """Do the rounds once a minute, and say so when the store does not take what it is told."""
        rounds = Deferred.fromCoroutine(housekeeping.round()).addTimeout(_ROUND, self.reactor)
        rounds.addCallbacks(lambda _: (), _not_kept).addCallback(self._set_unwritten)
        rounds.addBoth(lambda _: self.reactor.callLater(_ROUND, self._keep_house, housekeeping))

    def _set_unwritten(self, trouble: tuple[str, ...]) -> None:
        self._unwritten = trouble

    def _aside(self, work: Callable[[], Policy | Problems]) -> Awaitable[Policy | Problems]:
        return deferToThreadPool(self.reactor, self.reactor.getThreadPool(), work)


def _not_kept(failure: Failure) -> tuple[str, ...]:
    why = failure.getErrorMessage() if failure.check(StoreError) else "it does not answer"
    return (f"the store takes nothing: {why}; ends of calls are only in queue_log",)


def _limits(settings: Settings) -> Limits:
    return Limits(
        header_lines=settings.header_lines,
        header_bytes=settings.header_bytes,
        header_time=settings.header_time,
        reply_time=settings.prompt_bound + _SLACK,
        connections=settings.max_connections,
        connections_per_address=settings.max_connections_per_address,
        networks=settings.allowed_networks,
    )


def _port(listening: Any) -> int:
    port: int = listening.getHost().port
    return port


async def _as_coroutine(waiting: Awaitable[None]) -> None:
    await waiting


def _new_id() -> str:
    return secrets.token_hex(_ID_BYTES)
