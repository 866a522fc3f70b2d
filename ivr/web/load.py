"""What the engine takes at most, and how much of it there is: the metrics that show overload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from prometheus_client import Gauge

    class Make(Protocol):
        """Makes a gauge, and keeps its row for the documentation."""

        def __call__(self, name: str, meaning: str, *labels: str) -> Gauge:
            """A gauge, registered."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the engine takes at most: sessions at once, calls a minute, seconds behind."""

    sessions: int
    sessions_of_an_address: int
    calls_of_a_number: int
    lag: float


@dataclass(frozen=True, slots=True)
class Load:
    """How much of it there is: sessions of the address that has most, seconds that a call waits,
    requests that wait for the store; and what time the engine thinks it is.
    """

    sessions_of_an_address: Callable[[], float]
    lag: Callable[[], float]
    reads: Callable[[], float]
    writes: Callable[[], float]
    now: Callable[[], float]


class LoadGauges:
    """The bounds, and the load that is asked for whenever it is shown."""

    def __init__(self, gauge: Make) -> None:
        self._sessions_limit = gauge("ivr_sessions_limit", "FastAGI sessions at once, at most.")
        self._address_most = gauge(
            "ivr_address_sessions_active", "Sessions open now, of the address that has most."
        )
        self._address_limit = gauge(
            "ivr_address_sessions_limit", "FastAGI sessions at once of one address, at most."
        )
        self._number_limit = gauge(
            "ivr_number_calls_per_minute_limit", "New calls a minute of one number, at most."
        )
        self._lag = gauge(
            "ivr_lag_seconds", "How long the last call had waited when the engine came to it."
        )
        self._lag_limit = gauge(
            "ivr_lag_limit_seconds", "How long calls may wait so; longer, and they are refused."
        )
        self._waiting = gauge(
            "ivr_store_waiting",
            "Requests that wait for the store, besides those under way.",
            "queue",
        )
        self._now = gauge("ivr_time_seconds", "The time of day, as the engine has it.")

    def show(self, bounds: Bounds, load: Load) -> None:
        """Show these from now on."""
        self._sessions_limit.set(bounds.sessions)
        self._address_limit.set(bounds.sessions_of_an_address)
        self._number_limit.set(bounds.calls_of_a_number)
        self._lag_limit.set(bounds.lag)
        self._address_most.set_function(load.sessions_of_an_address)
        self._lag.set_function(load.lag)
        self._waiting.labels("reads").set_function(load.reads)
        self._waiting.labels("writes").set_function(load.writes)
        self._now.set_function(load.now)
