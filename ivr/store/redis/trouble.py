"""What went wrong with a Redis, in words that an operator can act on."""

from __future__ import annotations

import ssl
from typing import Final

from redis import exceptions

from ivr.engine.interfaces import DoubtError, StoreError
from ivr.store.redis.places import PlaceError


class UnreachableError(DoubtError):
    """The server cannot be asked: nobody knows what was done of what was asked last."""


#: By the beginning of the error's text, as the server says it.
_SAID: Final = (
    ("OOM", "has no memory left: give it more (`maxmemory`), nothing else is needed"),
    ("NOAUTH", "wants a password: add ?{of}password_file=PATH to its URL"),
    ("WRONGPASS", "does not take the user and password: see ?{of}password_file and its `ACL LIST`"),
    ("NOPERM", "does not let this user do what a store must: see docs/store.md for its ACL"),
    ("READONLY", "is a replica: name the primary, or its Sentinels (redis+sentinel://)"),
    ("MISCONF", "cannot write to its disk, and so takes nothing: is the disk full?"),
    ("LOADING", "is still loading its data: wait"),
    ("MASTERDOWN", "has lost its primary: wait for the failover, or see its Sentinels"),
    ("CLUSTERDOWN", "is a cluster that is down: see `redis-cli cluster info`"),
    ("NOREPLICAS", "has too few replicas, and so takes nothing: see `min-replicas-to-write`"),
    ("WRONGTYPE", "holds something else under a key of ours: give the store a database of its own"),
    ("unknown command", "is older than Redis 7.0: install a newer one"),
    ("MOVED", "is one server of a cluster: write redis+cluster://"),
    ("TRYAGAIN", "moves this caller to another server just now: try again"),
    ("max number of clients", "has too many clients: raise `maxclients`"),
    ("DB index", "has no database of this number: see `databases` in its configuration"),
)  # fmt: skip


_UNREACHED: Final = (exceptions.ConnectionError, exceptions.RedisClusterException, OSError)


def explained(error: BaseException, shown: str) -> StoreError:
    """The error as a `StoreError` with advice; `shown` is the store's URL without secrets."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, PlaceError):
        return StoreError(str(error))
    told = _kind(error)(f"the Redis at {shown} {advice(error)}")
    told.__cause__ = error
    return told


def _kind(error: BaseException) -> type[StoreError]:
    lost = (
        exceptions.ConnectionError, exceptions.TimeoutError, exceptions.ReadOnlyError,
        exceptions.RedisClusterException, OSError,
    )  # fmt: skip
    return UnreachableError if isinstance(error, lost) else StoreError


def advice(error: BaseException, of: str = "") -> str:
    """What is wrong and what can be done; `of`: before the names of options of the URL."""
    said = str(error)
    name = {
        exceptions.OutOfMemoryError: "OOM", exceptions.ReadOnlyError: "READONLY",
        exceptions.BusyLoadingError: "LOADING", exceptions.NoPermissionError: "NOPERM",
        exceptions.MasterDownError: "MASTERDOWN", exceptions.ClusterDownError: "CLUSTERDOWN",
        exceptions.AuthenticationError: "WRONGPASS", exceptions.TryAgainError: "TRYAGAIN",
        exceptions.MovedError: "MOVED",
    }.get(type(error), "")  # fmt: skip
    if "Authentication required" in said:
        name = "NOAUTH"
    for beginning, words in _SAID:
        if name == beginning or (not name and said.startswith(beginning)):
            return f"{words.format(of=of)} ({said})"
    if "Cluster mode is not enabled" in said:
        return f"is no cluster: write redis:// for a single server ({said})"
    if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE" in said:
        return f"shows a certificate that cannot be trusted: see ?ca_file and its name ({said})"
    if isinstance(error, exceptions.TimeoutError):
        return "does not answer in time: is it busy, or the network gone?"
    if isinstance(error, _UNREACHED):
        return f"cannot be reached: does it run, and is the address right? ({said})"
    return f"cannot do this: {type(error).__name__}: {said}"
