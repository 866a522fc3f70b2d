"""A process that calls: `python -m tests.soak.driver PORT SECONDS RATE CALLERS`.

Open loop: a call is made when it is due, whatever became of those before. Only where so many are
under way that the machine plainly cannot follow are calls held back: what too many at once do is
tested elsewhere (tests/faults/test_overload.py). Once a second it prints a line of JSON about all
so far, and it ends when the last call has ended.
"""

from __future__ import annotations

import heapq
import itertools
import json
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from ivr.asterisk import dialplan as names
from ivr.tools.call_request import Asking, following, request
from ivr.tools.channel import Channel
from ivr.tools.decision import is_decided
from tests.soak.sessions import Session, ended
from tests.soak.traffic import STRANGERS, Plan, Traffic

SEED: Final = 5
#: Sessions under way from which on calls are held back; a handful are when all is well.
MOST: Final = 50
#: A session of which nothing came for so long (seconds) is given up: the engine hangs.
_SILENCE: Final = 60.0
#: What is begun before answers are looked for, so that a driver that came late sees them in time.
_AT_ONCE: Final = 20
_LAST_QUEUE: Final = "main"


class Driver:
    """Makes the calls of `traffic` for so many seconds, and counts what became of them."""

    def __init__(self, port: int, traffic: Traffic, seconds: float) -> None:
        self.counts: Counter[str] = Counter()
        self.took: list[float] = []
        self.latest = 0.0
        self._port = port
        self._plans, self._strangers = traffic.plans(), traffic.strangers()
        self._seconds = seconds
        self._began = time.monotonic()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._open: dict[Session, float] = {}
        self._waiting = selectors.DefaultSelector()

    def run(self) -> Iterator[float]:
        """Go on to the end; gives the seconds so far, once in each of them."""
        self._next_call()
        self._next_stranger()
        told = 0.0
        while self._due or self._open:
            self._turn()
            if self._now() >= told + 1:
                told = self._now()
                self._give_up()
                yield told
        yield self._now()

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _turn(self) -> None:
        wait = self._due[0][0] - self._now() if self._due else 1.0
        for key, _ in self._waiting.select(max(0.0, min(wait, 1.0))):
            if not key.data.read():
                self._close(key.data)
        for _ in range(_AT_ONCE):
            if not self._due or self._due[0][0] > self._now():
                return
            heapq.heappop(self._due)[2]()

    def _at(self, second: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._due, (second, next(self._order), do))

    # --- calls --------------------------------------------------------------------------------

    def _next_call(self) -> None:
        at, plan = next(self._plans)
        if at < self._seconds:
            self.counts["offered"] += 1
            self._at(at, lambda: self._call(at, plan))

    def _call(self, at: float, plan: Plan) -> None:
        self._next_call()
        if len(self._open) >= MOST:
            self.counts["held back"] += 1
            return
        self.counts["calls"] += 1
        self.counts["withheld"] += plan.call.withheld
        self.latest = max(self.latest, self._now() - at)
        header = request("127.0.0.1", self._port, plan.call, Asking())
        channel = Channel(plan.call.keys, plan.call.hangup_after)
        self._converse(header, channel, lambda session: self._routed(at, plan, session))

    def _routed(self, at: float, plan: Plan, session: Session) -> None:
        self.took.append(self._now() - at)
        variables = session.channel.variables
        if session.left:
            self.counts["left"] += 1
            self._end_later(plan, {})
            return
        self.counts["decided" if is_decided(variables) else "undecided"] += 1
        status = _gives_up(plan, variables)
        if status:
            self._at(self._now() + plan.waits, lambda: self._ask_again(plan, variables, status))
        else:
            self._end_later(plan, variables)

    def _ask_again(self, plan: Plan, variables: dict[str, str], status: str) -> None:
        self.counts["asked again"] += 1
        header = request("127.0.0.1", self._port, plan.call, following(variables, status))
        self._converse(header, Channel(), lambda session: self._decided_again(plan, session))

    def _decided_again(self, plan: Plan, session: Session) -> None:
        variables = session.channel.variables
        self.counts["decided again" if is_decided(variables) else "undecided again"] += 1
        self._end_later(plan, variables)

    def _end_later(self, plan: Plan, variables: dict[str, str]) -> None:
        self._at(self._now() + plan.talks, lambda: self._report(plan, variables, plan.times))

    def _report(self, plan: Plan, variables: dict[str, str], times: int) -> None:
        self.counts["reports"] += 1
        header = ended(self._port, plan.call, variables, plan.report)
        self._converse(
            header, Channel(), lambda session: self._reported(plan, variables, times, session)
        )

    def _reported(
        self, plan: Plan, variables: dict[str, str], times: int, session: Session
    ) -> None:
        if session.channel.variables.get(names.DONE) != "1":
            self.counts["not acknowledged"] += 1
        elif times == 1:
            self.counts["contacts"] += 1
        if times > 1:
            self._report(plan, variables, times - 1)

    # --- connections --------------------------------------------------------------------------

    def _converse(self, header: bytes, channel: Channel, over: Callable[[Session], None]) -> None:
        session = Session(self._port, header, channel, over)
        self._open[session] = self._now()
        self._waiting.register(session.wire, selectors.EVENT_READ, session)

    def _close(self, session: Session) -> None:
        self._waiting.unregister(session.wire)
        del self._open[session]
        session.close()

    def _give_up(self) -> None:
        """What the engine never closes is counted as undecided or not acknowledged."""
        before = self._now() - _SILENCE
        for session in [each for each, began in self._open.items() if began < before]:
            self._close(session)

    def _next_stranger(self) -> None:
        at, kind = next(self._strangers)
        if at < self._seconds:
            self._at(at, lambda: self._knock(kind))

    def _knock(self, kind: str) -> None:
        self._next_stranger()
        self.counts[kind] += 1
        with socket.create_connection(("127.0.0.1", self._port)) as wire:
            wire.sendall(STRANGERS[kind])


def _gives_up(plan: Plan, variables: dict[str, str]) -> str:
    """How its queue gives a call up: by time if it may, else by refusal; not where it is last."""
    if not plan.gives_up or not is_decided(variables):
        return ""
    if variables.get(names.TIMEOUT):
        return "TIMEOUT"
    return "FULL" if variables[names.QUEUE] != _LAST_QUEUE else ""


def main(port: str, seconds: str, rate: str, callers: str) -> None:
    traffic = Traffic(SEED, float(rate), int(callers), int(time.time()))
    driver = Driver(int(port), traffic, float(seconds))
    for now in driver.run():
        took, driver.took = driver.took, []
        told = {"seconds": now, "counts": driver.counts, "latest": driver.latest, "took": took}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
