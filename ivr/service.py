"""The engine as a process: what listens, what it holds, and how it starts and ends.

Everything is put together here, and only here a reactor is handed out.
"""

from __future__ import annotations

import gc
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred, succeed
from twisted.internet.error import CannotListenError

from ivr import __version__
from ivr.asterisk.descriptors import allow_descriptors
from ivr.asterisk.fastagi import FastAgiFactory
from ivr.asterisk.limits import Limits
from ivr.asterisk.listening import Listening, listen
from ivr.asterisk.scripts import Scripts
from ivr.engine.apart import let_go, load_apart
from ivr.engine.calls import Calls
from ivr.engine.endings import Endings
from ivr.engine.housekeeping import Housekeeping, UndoneError
from ivr.engine.interfaces import Queueing, Reconcilable, StoreError, Waiting
from ivr.engine.keeping import Keeper
from ivr.engine.policies import Policies
from ivr.engine.systems import Systems
from ivr.notify import Supervisor
from ivr.policy.model import Policy
from ivr.store.opening import open_store
from ivr.web.bounds import Bounds as HttpBounds
from ivr.web.health import Phase, Readiness, ReloadResult
from ivr.web.load import Bounds, Load
from ivr.web.site import Controls, make_site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator
    from pathlib import Path

    from twisted.python.failure import Failure

    from ivr.engine.interfaces import Store
    from ivr.policy.problems import Problems
    from ivr.reactors import Turning
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
#: Seconds after a round that failed, so that nobody is told of a trouble that is over.
_AGAIN: Final = 5.0
#: Seconds for what is to be put away: a disk that hangs must not keep the process from ending.
_CLOSING: Final = 5.0


class ServiceError(Exception):
    """The engine cannot start; the message says what to do."""


@dataclass(slots=True)
class Service:
    """One engine. `telling` is told everything, `supervisor` what systemd wants to know.

    Raises `ServiceError`.
    """

    settings: Settings
    policy: Policy
    telling: Telling
    turning: Turning
    supervisor: Supervisor = field(default_factory=Supervisor)
    store: Store = field(init=False)
    keeper: Keeper = field(init=False)
    policies: Policies = field(init=False)
    systems: Systems = field(default_factory=Systems, init=False)
    factory: FastAgiFactory = field(init=False)
    _phase: Phase = field(default=Phase.STARTING, init=False)
    _agi: Listening = field(init=False)
    _http: Any = field(init=False)
    _trouble: tuple[str, ...] = field(default=(), init=False)
    _unwritten: tuple[str, ...] = field(default=(), init=False)
    _too_few: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        self.store = _store(self.settings.store, self.turning)
        self.policies = Policies(self.settings.routes, self.policy, self._load)
        self.keeper = keeper = Keeper(
            self.store, self.turning.clock, time.time, self.telling,
            self.settings.lookup_deadline, self.settings.record_deadline,
        )  # fmt: skip
        calls = Calls(self._policy, keeper, self.telling, time.time, _new_id)
        endings = Endings(self._policy, keeper, time.time, self.systems)
        bound = int(self.settings.prompt_bound)
        scripts = Scripts(calls, endings, bound, self.telling.asked)
        self.factory = FastAgiFactory(
            self.turning.clock, scripts, _limits(self.settings), self.telling
        )
        self.telling.metrics.load.show(_bounds(self.settings), self._load_now())

    def start(self) -> None:
        """Listen. Raises `ServiceError` where an address cannot be had."""
        settings = self.settings
        self._too_few = allow_descriptors(settings.max_connections)
        reactor, loop = self.turning.reactor, self.turning.loop
        site = make_site(
            self.telling.metrics.registry, Controls(self._readiness, self.reload), reactor,
            HttpBounds(networks=settings.http_networks), self.telling.http_refused,
        )  # fmt: skip
        with _told_where(settings.agi_address, settings.agi_port, "agi-port"):
            self._agi = listen(reactor, loop, self.factory, settings.agi_address, settings.agi_port)
        with _told_where(settings.http_address, settings.http_port, "http-port"):
            self._http = reactor.listenTCP(
                settings.http_port, site, interface=settings.http_address
            )
        self.telling.loaded(self.policy, time.time())

    def serving(self) -> None:
        """The reactor turns: say so."""
        settings = self.settings
        self.telling.listening(
            f"{settings.agi_address}:{self.agi_port}", f"{settings.http_address}:{self.http_port}"
        )
        gc.collect()
        gc.freeze()  # what is here stays: a collection need not go through it while calls wait
        self._phase = Phase.SERVING
        self._watch_store()
        self._keep_house(Housekeeping(self._policy, self.store, time.time))
        self.supervisor.serving(self.turning.reactor)

    @property
    def agi_port(self) -> int:
        """The port on which FastAGI listens."""
        return self._agi.port

    @property
    def http_port(self) -> int:
        """The port of metrics and health."""
        return int(self._http.getHost().port)

    async def reload(self) -> ReloadResult:
        """Take the policy in force anew; a bad one changes nothing."""
        self.supervisor.reloading()
        try:
            return await self._reload()
        finally:
            self.supervisor.reloaded(f"policy {self.policies.current.hash} in force")

    async def _reload(self) -> ReloadResult:
        loaded, before = await self.policies.reload()
        if isinstance(loaded, Policy):
            self.telling.loaded(loaded, time.time())
            Deferred.fromCoroutine(let_go(before, self.turning.reactor))
            return ReloadResult(loaded.hash)
        problems = tuple(map(str, loaded))
        self.telling.rejected(problems, time.time())
        return ReloadResult(self.policies.current.hash, problems)

    async def stop(self) -> None:
        """Take no new calls, let those under way finish within a bound, close the store."""
        self._phase = Phase.DRAINING
        self.supervisor.stopping(self.settings.drain + 2 * _CLOSING)
        self._agi.stop()
        self.telling.stopping(self.factory.open_sessions)
        drained = self.factory.drain().addTimeout(self.settings.drain, self.turning.reactor)
        await drained.addErrback(lambda _: None)  # who is still there falls back by his dialplan
        await maybeDeferred(self._http.stopListening)
        self.keeper.give()
        closing = [self._store_closed(), self._decisions_kept()]
        closed = DeferredList(closing, consumeErrors=True)
        await closed.addTimeout(_CLOSING, self.turning.reactor).addErrback(lambda _: None)
        self.telling.stopped()
        self.supervisor.close()

    def _store_closed(self) -> Deferred[None]:
        return Deferred.fromCoroutine(_as_coroutine(self.store.close()))

    def _decisions_kept(self) -> Deferred[None]:
        """What waits to be kept is written."""
        return self.telling.kept.close() if self.telling.kept else succeed(None)

    def _policy(self) -> Policy:
        return self.policies.current

    def _readiness(self) -> Readiness:
        sessions = self.factory.open_sessions
        return Readiness(
            self._phase, self.policies.current.hash, self._trouble, sessions, __version__
        )

    def _load_now(self) -> Load:
        factory = self.factory
        waiting = self.store.waiting if isinstance(self.store, Queueing) else Waiting
        return Load(
            lambda: factory.most_of_an_address, lambda: factory.lag,
            lambda: waiting().reads, lambda: waiting().writes, time.time,
        )  # fmt: skip

    def _watch_store(self) -> None:
        """Ask the store once a second whether it would answer, for /readyz."""
        Deferred.fromCoroutine(self._ping()).addBoth(
            lambda _: self.turning.reactor.callLater(_PING, self._watch_store)
        )

    async def _ping(self) -> None:
        trouble = (
            *await self._store_trouble(),
            *self._closed_line(),
            *self._unwritten,
            *self._too_few,
            *self.systems.clashes(time.time()),
        )
        if self._phase is Phase.SERVING and trouble != self._trouble:
            self._trouble = trouble
            self.telling.troubled(trouble)

    def _closed_line(self) -> tuple[str, ...]:
        """Whether the store may have lost what speaks for a caller."""
        store = self.store
        trusted = not isinstance(store, Reconcilable) or store.is_reconciled()
        self.telling.reconciled(trusted)
        if trusted or not self._policy().paid_lines:
            return ()
        return (
            "the store's primary changed, and may have lost what it acknowledged: the paid line is "
            "closed until `ivr store reconcile`",
        )

    async def _store_trouble(self) -> tuple[str, ...]:
        try:
            ping = Deferred.fromCoroutine(_as_coroutine(self.store.ping()))
            await ping.addTimeout(_PING, self.turning.reactor)
        except StoreError as error:
            return (f"the store fails: {error}; every caller is regular",)
        except Exception:  # a deadline that passed, or a bug: either way it does not answer
            return ("the store does not answer; every caller is regular",)
        return ()

    def _keep_house(self, housekeeping: Housekeeping) -> None:
        """Do the rounds once a minute, and say so when the store does not take what it is told."""
        rounds = Deferred.fromCoroutine(housekeeping.round()).addTimeout(
            _ROUND, self.turning.reactor
        )
        told = rounds.addCallbacks(lambda _: ((), _ROUND), _not_kept)
        told.addCallback(self._keep_house_later, housekeeping)

    def _keep_house_later(
        self, told: tuple[tuple[str, ...], float], housekeeping: Housekeeping
    ) -> None:
        self._unwritten, wait = told
        self.turning.reactor.callLater(wait, self._keep_house, housekeeping)

    def _load(self, path: Path) -> Awaitable[Policy | Problems]:
        return load_apart(path, self.turning.reactor)


def _store(where: Path | str, turning: Turning) -> Store:
    try:
        return open_store(where, turning.deliver, soon=turning.soon)
    except StoreError as error:
        raise ServiceError(str(error)) from error


def _not_kept(failure: Failure) -> tuple[tuple[str, ...], float]:
    """What /readyz says of a round that failed, and after how many seconds it is done again."""
    why = failure.getErrorMessage() if failure.check(StoreError) else "it does not answer"
    if failure.check(UndoneError):
        return (f"the day's work fails: {why}; contacts are kept, or nobody cleared",), _ROUND
    return (f"the store takes nothing: {why}; ends of calls are only in queue_log",), _AGAIN


def _limits(settings: Settings) -> Limits:
    return Limits(
        header_lines=settings.header_lines,
        header_bytes=settings.header_bytes,
        header_time=settings.header_time,
        reply_time=settings.prompt_bound + _SLACK,
        connections=settings.max_connections,
        connections_per_address=settings.max_connections_per_address,
        lag=settings.max_lag,
        calls_per_number=settings.calls_per_number,
        networks=settings.allowed_networks,
    )


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        settings.max_connections, settings.max_connections_per_address,
        settings.calls_per_number, settings.max_lag,
    )  # fmt: skip


@contextmanager
def _told_where(address: str, port: int, flag: str) -> Iterator[None]:
    """Say what to do if nobody can listen there."""
    try:
        yield
    except (OSError, CannotListenError) as error:
        why = error.socketError if isinstance(error, CannotListenError) else error.strerror
        raise ServiceError(
            f"cannot listen on {address}:{port} ({why}): is another engine running there? Choose "
            f"another with --{flag}"
        ) from error


async def _as_coroutine(waiting: Awaitable[None]) -> None:
    await waiting


def _new_id() -> str:
    return secrets.token_hex(_ID_BYTES)
