"""One connection to one server: commands go out together, replies come back in order.

The connection, its TLS and its authentication are redis-py's; its clients and pipelines are not
used, since a call would pay for what they do besides.
"""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from redis import exceptions
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.retry import Retry

from ivr.store.redis.commands import UnseenError
from ivr.store.redis.meter import BoundedParser, Meter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.store.redis.commands import Command
    from ivr.store.redis.places import Host, RedisPlace

#: Seconds to connect in, and to wait for a reply: a call has a deadline of its own.
CONNECT: Final = 1.0
REPLY: Final = 2.0
#: Seconds without a question after which a connection is looked at before it is used again.
IDLE: Final = 1.0
#: Milliseconds in which replicas must have what they are to have.
SEEN_MS: Final = 1000


class Wire:
    """Connects when it is first asked; a `sentinel` has a password of its own. Raises redis-py's
    errors.
    """

    def __init__(self, host: Host, place: RedisPlace, *, sentinel: bool = False) -> None:
        self.host = host
        self._used = 0.0
        self._meter = Meter()
        kind = SSLConnection if place.tls else Connection
        whose: dict[str, Any] = (
            {"password": place.password("sentinel_")}
            if sentinel
            else {"db": place.db, "username": place.user, "password": place.password()}
        )
        self._connection = kind(
            **settings(place), **whose, host=host[0], port=host[1], retry=Retry(NoBackoff(), 0),
            protocol=2, parser_class=partial(BoundedParser, self._meter),
        )  # fmt: skip

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The replies; an error that a server tells stays in its place."""
        replies = self._seen(commands, [each.words for each in commands])
        unknown = [
            place for place, reply in enumerate(replies)
            if isinstance(reply, exceptions.NoScriptError)
        ]  # fmt: skip
        if unknown:
            again = [commands[place] for place in unknown]
            told = self._seen(again, [each.whole for each in again])
            for place, reply in zip(unknown, told, strict=True):
                replies[place] = reply
        return replies

    def _seen(self, commands: Sequence[Command], words: Sequence[Sequence[Any]]) -> list[Any]:
        """The replies, once replicas have what was to be seen by them.

        `WAIT` is about what came by this connection: it goes with the writes, never after them.
        """
        wanted = max((each.replicas for each in commands), default=0)
        if not wanted:
            return self._ask(words)
        *replies, seen = self._ask([*words, ("WAIT", wanted, SEEN_MS)])
        return [
            _with_seen(reply, each.replicas, seen)
            for reply, each in zip(replies, commands, strict=True)
        ]

    def _ask(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        connection = self._connection
        self._used = time.monotonic()
        self._meter.begin()
        connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        return [self._reply() for _ in commands]

    def was_ended(self) -> bool:
        """Whether the other side has ended a connection that stood idle, or a wall between us has.

        Nothing is on its way to us between two questions, so what can be read is the end. Asked
        before anything is sent: afterwards nobody would know what was done.
        """
        if not self._connection.is_connected or time.monotonic() - self._used < IDLE:
            return False
        try:
            return bool(self._connection.can_read(0))
        except exceptions.ConnectionError:
            return True

    def _reply(self) -> Any:
        try:
            return self._connection.read_response(disconnect_on_error=True)
        except exceptions.ResponseError as error:
            if not self._connection.is_connected:
                raise exceptions.ConnectionError(str(error)) from error
            return error

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(Exception):  # it may be in doubt already
            self._connection.disconnect()


def _with_seen(reply: Any, wanted: int, seen: Any) -> Any:
    if not wanted or isinstance(reply, Exception):
        return reply
    if isinstance(seen, Exception):
        return seen
    return reply if seen >= wanted else UnseenError(reply, seen, wanted)


def settings(place: RedisPlace) -> dict[str, Any]:
    """What every connection has, to a Sentinel too."""
    common: dict[str, Any] = {"socket_timeout": REPLY, "socket_connect_timeout": CONNECT}
    if not place.tls:
        return common
    return {
        **common,
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_min_version": ssl.TLSVersion.TLSv1_2,
        "ssl_ca_certs": place.files.get("ca_file"),
        "ssl_certfile": place.files.get("cert_file"),
        "ssl_keyfile": place.files.get("key_file"),
    }
