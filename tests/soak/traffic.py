"""Who calls, and what he does: drawn by chance, the same for the same seed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ivr.asterisk import dialplan as names
from ivr.callers.changes import Change, GiveGrant, OpenCase, SetMark
from ivr.tools.call_request import CallSpec

STRANGERS: Final = {
    "probe": b"",
    "header-cut": b"agi_network: yes\nagi_req",
    "garbage": b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n",
    "tls": bytes.fromhex("160301007a010000760303") + bytes(116),
}
"""What comes to an open port beside calls, by the reason for which it is refused."""

_NUMBERS: Final = ("1800123456", "1800123456", "1800123456", "1800123456", "*611")
_KEYS: Final = (("1",), ("2",), ("3",), ("0",), ("", "1"), ("9", "2"), ())
_AGENTS: Final = 200
_LONGEST: Final = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One call. Its queue gives up after `waits` seconds, if at all; it ends `talks` later.

    `report` is what the dialplan tells of its end; it is told `times`.
    """

    call: CallSpec
    gives_up: bool
    waits: float
    talks: float
    report: Mapping[str, str]
    times: int


def number(place: int) -> str:
    """The number of a caller."""
    return f"052{place:07}"


def known(callers: int) -> dict[str, Change]:
    """What operators said of some of so many callers, at the beginning."""
    said: dict[str, Change] = {}
    for place in range(0, callers, 50):
        said[number(place + 1)] = GiveGrant("golden-beam")
        said[number(place + 2)] = OpenCase(f"K{place}", None, complex=True)
        said[number(place + 3)] = OpenCase(f"L{place}", "fault", complex=False)
        said[number(place + 4)] = SetMark("nuisance")
    return said


class Traffic:
    """`rate` calls a second of so many callers; `first` is the epoch second of the first."""

    def __init__(self, seed: int, rate: float, callers: int, first: int) -> None:
        self._chance = random.Random(seed)
        self._rate = rate
        self._callers = callers
        self._first = first

    def plans(self) -> Iterator[tuple[float, Plan]]:
        """Each call with the second at which it comes, counted from the beginning."""
        at = 0.0
        for count in itertools.count(1):
            at += self._chance.expovariate(self._rate)
            yield at, self._plan(f"{self._first + int(at)}.{count}", self._first + int(at))

    def strangers(self) -> Iterator[tuple[float, str]]:
        """One connection that is no call for every hundred calls, with the second and its kind."""
        at = 0.0
        while True:
            at += self._chance.expovariate(self._rate / 100)
            yield at, self._chance.choice(list(STRANGERS))

    def _plan(self, unique_id: str, first: int) -> Plan:
        chance = self._chance
        # A quarter of the calls are those of heavy callers, up to a hundred a minute of one.
        drawn = chance.random() ** (3 if chance.random() < 0.25 else 1)
        ani = number(int(self._callers * drawn))
        withheld, leaves = chance.random() < 0.04, chance.random() < 0.02
        call = CallSpec(
            ani="anonymous" if withheld and chance.random() < 0.5 else ani,
            dnis=chance.choice(_NUMBERS),
            unique_id=unique_id,
            first=first,
            keys=chance.choice(_KEYS),
            hangup_after=chance.randrange(1, 4) if leaves else None,
            withheld=withheld,
        )
        return Plan(
            call,
            gives_up=chance.random() < 0.2,
            waits=min(chance.expovariate(1 / 2), _LONGEST),
            talks=min(chance.expovariate(1 / 3), _LONGEST),
            report=self._report(),
            times=2 if chance.random() < 0.01 else 1,
        )

    def _report(self) -> dict[str, str]:
        chance = self._chance
        hold = str(chance.randrange(300))
        if chance.random() < 0.15:
            return {names.ARG_HOLD: hold, names.ARG_ABANDONED: "1", names.ARG_BY: "caller"}
        return {
            names.ARG_AGENT: f"Agent%20{chance.randrange(_AGENTS)}",
            names.ARG_HOLD: hold,
            names.ARG_TALK: str(chance.randrange(5, 900)),
            names.ARG_BY: chance.choice(("caller", "agent")),
        }
