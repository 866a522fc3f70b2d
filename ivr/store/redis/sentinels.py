"""Which server is the primary, as Sentinels tell it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from redis import exceptions

from ivr.store.redis.commands import Command
from ivr.store.redis.trouble import UnreachableError, advice
from ivr.store.redis.wires import Wire

if TYPE_CHECKING:
    from ivr.store.redis.places import Host, RedisPlace


class Sentinels:
    """Those of a place. The one that answered last is asked first: others may hang."""

    def __init__(self, place: RedisPlace) -> None:
        self._place = place
        self._hosts = list(place.hosts)

    def primary(self) -> Host:
        """The primary's address now. Raises `UnreachableError`."""
        told = []
        for host in tuple(self._hosts):
            try:
                found = self._ask(host)
            except (exceptions.RedisError, OSError) as error:
                told.append(f"{_shown(host)} {_advice(error)}")
                continue
            if found is not None:
                self._hosts.sort(key=lambda each: each != host)
                return found
            told.append(f"{_shown(host)} knows no primary called {self._place.name}")
        raise UnreachableError(
            f"no Sentinel of {self._place.shown} tells the primary: {'; '.join(told)}"
        )

    def _ask(self, host: Host) -> Host | None:
        wire = Wire(host, self._place, sentinel=True)
        try:
            (reply,) = wire.ask([Command(self._question(), None)])
        finally:
            with suppress(Exception):
                wire.close()
        if isinstance(reply, Exception):
            raise reply
        return (reply[0].decode(), int(reply[1])) if reply else None

    def _question(self) -> tuple[str, ...]:
        return ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._place.name)


def _shown(host: Host) -> str:
    return f"{host[0]}:{host[1]}"


def _advice(error: Exception) -> str:
    if "unknown command" in str(error):
        return "is no Sentinel: is it the Redis itself? Then write redis://"
    return advice(error, "sentinel_")
