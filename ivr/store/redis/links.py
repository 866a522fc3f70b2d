"""The ways to a Redis: one server, the primary that Sentinels name, a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from redis import exceptions
from redis.cluster import ClusterNode, RedisCluster

from ivr.store.redis.commands import Command
from ivr.store.redis.operations import run_id
from ivr.store.redis.places import CLUSTER, SENTINEL
from ivr.store.redis.sentinels import Sentinels
from ivr.store.redis.trouble import UnreachableError, explained
from ivr.store.redis.wires import Wire, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivr.store.redis.commands import Link
    from ivr.store.redis.places import Host, RedisPlace

#: How many keys a server is asked to look at before it answers: others have their turn between.
_PAGE: Final = 500
#: How often a command follows slots that move from one server of a cluster to another.
_MOVES: Final = 5


def link(place: RedisPlace) -> Link:
    """The way to a place. Nothing is connected yet."""
    if place.kind == CLUSTER:
        return ClusterLink(place)
    if place.kind == SENTINEL:
        return OneLink(place, Sentinels(place).primary)
    return OneLink(place, lambda: place.hosts[0])


class OneLink:
    """One server, whose address `find` tells whenever it is to be connected."""

    def __init__(self, place: RedisPlace, find: Callable[[], Host]) -> None:
        self._place = place
        self._find = find
        self._wire: Wire | None = None

    def ask(self, commands: Sequence[Command]) -> Sequence[Any]:
        """See `Link.ask`."""
        try:
            replies = self._connected().ask(commands)
        except Exception as error:  # whatever it is, the connection is in doubt
            self.close()
            raise explained(error, self._place.shown) from error
        if any(isinstance(reply, exceptions.ReadOnlyError) for reply in replies):
            self.close()  # it is the primary no more: ask who is
        return _told(replies, self._place)

    def primaries(self) -> Sequence[bytes]:
        """See `Link.primaries`."""
        try:
            return (_run_id_of(self.ask([_INFO])[0], self._place),)
        except UnreachableError:
            self.close()  # it is the primary no more
            raise

    def keys(self, pattern: str) -> Iterator[Sequence[str]]:
        """See `Link.keys`."""
        return _scan(self.ask, pattern)

    def close(self) -> None:
        """See `Link.close`."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _connected(self) -> Wire:
        if self._wire is not None and self._wire.was_ended():
            self.close()  # it may be the primary no more: ask who is
        if self._wire is None:
            self._wire = Wire(self._find(), self._place)
        return self._wire


class ClusterLink:
    """A cluster: redis-py knows which server has which slot, each has a connection of ours."""

    def __init__(self, place: RedisPlace) -> None:
        self._place = place
        self._map: RedisCluster | None = None
        self._wires: dict[Host, Wire] = {}

    def ask(self, commands: Sequence[Command]) -> Sequence[Any]:
        """See `Link.ask`. Commands whose slot has moved are asked again where it is."""
        replies: list[Any] = [None] * len(commands)
        left = list(range(len(commands)))
        try:
            for _ in range(_MOVES):
                self._round(commands, left, replies)
                self._visit(commands, left, replies)
                left = [place for place in left if isinstance(replies[place], _MOVED)]
                if not left:
                    break
                self._follow()
        except Exception as error:  # whatever it is, what we know of the cluster is in doubt
            self.close()
            raise explained(error, self._place.shown) from error
        return _told(replies, self._place)

    def primaries(self) -> Sequence[bytes]:
        """See `Link.primaries`."""
        hosts = self._hosts()
        try:
            return [_run_id_of(self._at(host)([_INFO])[0], self._place) for host in hosts]
        except UnreachableError:
            self.close()  # one of them is a primary no more
            raise

    def keys(self, pattern: str) -> Iterator[Sequence[str]]:
        """See `Link.keys`."""
        for host in self._hosts():
            yield from _scan(self._at(host), pattern)

    def close(self) -> None:
        """See `Link.close`."""
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()
        known, self._map = self._map, None
        if known is not None:
            known.close()

    def _round(self, commands: Sequence[Command], left: Sequence[int], replies: list[Any]) -> None:
        """Ask each server what is left of its own."""
        by_host: dict[Host, list[int]] = {}
        for place in left:
            by_host.setdefault(self._host_of(commands[place].key), []).append(place)
        for host, places in by_host.items():
            answers = self._wire(host).ask([commands[place] for place in places])
            for place, answer in zip(places, answers, strict=True):
                replies[place] = answer

    def _visit(self, commands: Sequence[Command], left: Sequence[int], replies: list[Any]) -> None:
        """Ask what is on its way to another server there."""
        for place in left:
            sent = replies[place]
            if isinstance(sent, exceptions.AskError) and not isinstance(
                sent, exceptions.MovedError
            ):
                command = commands[place]
                whole = replace(command, words=command.whole, script=None)
                _, replies[place] = self._wire((sent.host, sent.port)).ask([_ASKING, whole])

    def _follow(self) -> None:
        """Ask anew who has what."""
        self._known().nodes_manager.initialize()

    def _host_of(self, key: str | None) -> Host:
        known = self._known()
        node = known.get_default_node() if key is None else known.get_node_from_key(key)
        if node is None:
            raise exceptions.ClusterDownError("CLUSTERDOWN no server has this slot")
        return str(node.host), int(node.port)

    def _hosts(self) -> Sequence[Host]:
        try:
            return [(str(node.host), int(node.port)) for node in self._known().get_primaries()]
        except Exception as error:
            self.close()
            raise explained(error, self._place.shown) from error

    def _at(self, host: Host) -> Callable[[Sequence[Command]], Sequence[Any]]:
        def ask(commands: Sequence[Command]) -> Sequence[Any]:
            try:
                return _told(self._wire(host).ask(commands), self._place)
            except Exception as error:
                self.close()
                raise explained(error, self._place.shown) from error

        return ask

    def _wire(self, host: Host) -> Wire:
        known = self._wires.get(host)
        if known is not None and known.was_ended():
            known.close()
            known = None
        if known is None:
            known = self._wires[host] = Wire(host, self._place)
        return known

    def _known(self) -> RedisCluster:
        if self._map is None:
            place = self._place
            self._map = RedisCluster(
                startup_nodes=[ClusterNode(*host) for host in place.hosts], protocol=2,
                username=place.user, password=place.password(), ssl=place.tls, **settings(place),
            )  # fmt: skip
        return self._map


_ASKING: Final = Command(("ASKING",), None)
_MOVED: Final = (exceptions.MovedError, exceptions.AskError, exceptions.TryAgainError)
_INFO: Final = Command(("INFO", "server", "replication"), None)


def _told(replies: Sequence[Any], place: RedisPlace) -> Sequence[Any]:
    """Errors as `StoreError`, in their places."""
    return [
        explained(reply, place.shown) if isinstance(reply, Exception) else reply
        for reply in replies
    ]


def _run_id_of(info: Any, place: RedisPlace) -> bytes:
    """The run id of a primary. What a server knows that became a replica is of the past."""
    if isinstance(info, Exception):
        raise info
    if b"\r\nrole:master\r\n" not in info:
        raise explained(exceptions.ReadOnlyError("it follows another server"), place.shown)
    return run_id(info)


def _scan(
    ask: Callable[[Sequence[Command]], Sequence[Any]], pattern: str
) -> Iterator[Sequence[str]]:
    cursor: Any = 0
    while True:
        (reply,) = ask([Command(("SCAN", cursor, "MATCH", pattern, "COUNT", _PAGE), None)])
        if isinstance(reply, Exception):
            raise reply
        cursor, found = int(reply[0]), reply[1]
        if found:
            yield [key.decode() for key in found]
        if not cursor:
            return
