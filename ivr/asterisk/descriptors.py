"""Descriptors: each connection is one, and a process may have so many of them."""

from __future__ import annotations

import resource
from typing import Final

#: What the rest of the engine has open at most: the store and its journals, the log, decisions,
#: HTTP, a reload with its process.
_OTHERS: Final = 200


def allow_descriptors(connections: int) -> tuple[str, ...]:
    """Let this process have as many as so many connections need; what to do where it may not."""
    wanted = connections + _OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _is_enough(soft, wanted):
        return ()
    reached = wanted if _is_enough(hard, wanted) else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (reached, hard))
    if reached == wanted:
        return ()
    return (
        f"only {hard} descriptors are allowed and {wanted} are needed for {connections}"
        " connections: beyond them callers go to the fallback queue; set"
        f" LimitNOFILE={wanted} in the systemd unit, or lower max_connections",
    )


def _is_enough(bound: int, wanted: int) -> bool:
    return bound == resource.RLIM_INFINITY or bound >= wanted
