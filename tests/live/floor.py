"""Callers of the real engine, each known by his number, and what Asterisk says became of him."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ivr.callers.changes import Change
from tests.live.ami import PATIENCE, Event
from tests.live.asterisk import Asterisk
from tests.live.double import Double
from tests.live.line import Line
from tests.live.real import Engine
from tests.live.sipp import Call

_NUMBERS = itertools.count(1)


@dataclass
class Caller:
    """One call of one caller. `number` is what he dials from, and nobody else does."""

    line: Line
    call: Call
    number: str

    @cached_property
    def arrived(self) -> Event:
        """The event with which his channel began."""
        return self.line.manager.wait(
            lambda e: (
                e["Event"] == "Newchannel"
                and e["Context"] == "from-trunk"
                and (self.number, self.call.dialled)
                in ((e["CallerIDNum"], e["Exten"]), ("", e["Exten"]))
            ),
            what=f"the call of {self.number or 'somebody'} to {self.call.dialled}",
        )

    @property
    def uniqueid(self) -> str:
        """His channel's id, and the call's."""
        return self.arrived["Uniqueid"]

    def event(self, kind: str, seconds: float = PATIENCE, **values: str) -> Event:
        """Give the first event of this kind about him."""
        wanted = {"Event": kind, "Uniqueid": self.uniqueid, **values}
        return self.line.manager.wait(
            lambda e: wanted.items() <= e.items(), seconds, f"{wanted} of {self.number}"
        )

    def queued(self, queue: str, seconds: float = PATIENCE) -> Event:
        """Give the event of his joining this queue."""
        return self.event("QueueCallerJoin", seconds, Queue=queue)

    def connected(self, queue: str, seconds: float = PATIENCE) -> Event:
        """Give the event of his being put through to an agent of this queue.

        After an attended transfer it is not his own channel that waited for it.
        """
        wanted = {"Event": "AgentConnect", "Queue": queue, "Linkedid": self.uniqueid}
        return self.line.manager.wait(
            lambda e: wanted.items() <= e.items(), seconds, f"an agent of {queue} for {self.number}"
        )

    def gone(self, seconds: float = PATIENCE) -> Event:
        """Give the event of his channel being gone."""
        return self.event("Hangup", seconds)

    def queues(self) -> list[str]:
        """List the queues that he has joined so far, in order."""
        return [
            event["Queue"]
            for event in self.line.manager.find(
                lambda e: (e["Event"], e.get("Uniqueid")) == ("QueueCallerJoin", self.uniqueid)
            )
        ]

    def log(self, kind: str) -> list[list[str]]:
        """List the lines of queue_log about him of one kind, as their fields."""
        return self.line.log(self.arrived, kind)

    def linked_log(self, kind: str) -> list[list[str]]:
        """The same of all the channels of his call: an attended transfer adds one."""
        joined = self.line.manager.find(
            lambda e: (e["Event"], e.get("Linkedid")) == ("QueueCallerJoin", self.uniqueid)
        )
        channels = {event["Uniqueid"]: event for event in joined}
        return [row for event in channels.values() for row in self.line.log(event, kind)]

    def cdr(self, count: int = 1) -> list[dict[str, str]]:
        """Give his call detail records, once there are `count` of them."""
        return self.line.cdr(self.arrived, count)

    def hang_up(self) -> None:
        """He hangs up."""
        self.call.hang_up()


class Floor(Line):
    """A contact centre whose engine is the real one. `fallback` takes who has no decision."""

    def __init__(self, asterisk: Asterisk, double: Double, real: Engine) -> None:
        super().__init__(asterisk, double)
        self.real = real

    def caller(
        self,
        dialled: str = "1800123456",
        *,
        number: str = "",
        known: Change | None = None,
        engine: Engine | None = None,
        from_header: str = "",
        headers: Mapping[str, str] | None = None,
        on_refer: str = "",
    ) -> Caller:
        """Place a call; `known` is what an operator said of the number before."""
        number = number or fresh_number()
        serving = engine or self.real
        if known is not None:
            serving.know(number, known)
        call = self.call(
            dialled, engine=serving.address, number=number, from_header=from_header,
            headers=headers, on_refer=on_refer,
        )  # fmt: skip
        return Caller(self, call, number)

    def staff(self, queue: str, *agents: str) -> None:
        """Let agents log in to a queue that the policy names (see `Line.queue`)."""
        for place, kind in enumerate(agents):
            self.agent(queue, f"Local/{kind}_{queue}_{place}@agents/n", f"{queue} {place}")

    def close_queue(self, queue: str) -> None:
        """Let all agents of a queue log out."""
        for name, interface in [member for member in self._members if member[0] == queue]:
            self.manager.action("QueueRemove", Queue=name, Interface=interface)
            self._members.remove((name, interface))

    def order(self, queue: str) -> list[str]:
        """List the numbers of the callers who wait in a queue, in Asterisk's order."""
        number = self.manager.action("QueueStatus", Queue=queue)["ActionID"]
        mine = ("QueueEntry", "QueueStatusComplete")
        self.manager.wait(lambda e: (e["Event"], e.get("ActionID")) == (mine[1], number))
        entries = self.manager.find(lambda e: (e["Event"], e.get("ActionID")) == (mine[0], number))
        return [e["CallerIDNum"] for e in sorted(entries, key=lambda e: int(e["Position"]))]


def fresh_number() -> str:
    """Give a number that nobody has called from yet."""
    return f"0527{next(_NUMBERS):06}"
