"""What one live test works with: its own number, its own queues and agents, and its callers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping

from tests.live.ami import PATIENCE, Event
from tests.live.asterisk import Asterisk
from tests.live.carrier import Carrier
from tests.live.double import Double
from tests.live.phone import Phone
from tests.live.sipp import Call

_NUMBERS = itertools.count(1)
_QUEUES = itertools.count(1)


class Line:
    """`dialled` is a number nobody else uses, so that what Asterisk tells can be told apart.

    `fallback` is a fallback queue of its own, without agents.
    """

    def __init__(self, asterisk: Asterisk, double: Double) -> None:
        self.asterisk, self.engine = asterisk, double
        self.manager = asterisk.manager
        self.dialled = f"1800{next(_NUMBERS):06}"
        self._calls: list[Call] = []
        self._members: list[tuple[str, str]] = []
        self._phones: list[Phone] = []
        self._carriers: list[Carrier] = []
        self.fallback = self.queue()

    def queue(self, *agents: str) -> str:
        """Give a fresh queue with these agents: `stay`, `brief`, `deaf`, `busy` (see agents)."""
        name = f"pool-{next(_QUEUES):03}"
        for place, kind in enumerate(agents):
            self.agent(name, f"Local/{kind}_{name}_{place}@agents/n", f"Agent {name} {place}")
        return name

    def phone(self, queue: str, talk: float, refer_to: str = "") -> Phone:
        """Add an agent with a SIP telephone; see `Phone`."""
        phone = Phone(self.asterisk.phones, self.asterisk.address, talk, refer_to)
        self._phones.append(phone)
        self.agent(queue, phone.interface, f"Phone {queue}", StateInterface="PJSIP/phone")
        return phone

    def agent(self, queue: str, interface: str, name: str, **settings: str) -> None:
        """Add an agent to a queue, with what else AMI's QueueAdd takes."""
        self.manager.action(
            "QueueAdd", check=True, Queue=queue, Interface=interface, MemberName=name, **settings
        )
        self._members.append((queue, interface))

    def call(
        self,
        dialled: str = "",
        *,
        engine: str = "",
        number: str = "0521234567",
        from_header: str = "",
        headers: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        on_refer: str = "",
        **more: str,
    ) -> Call:
        """Place a call. `settings` and `more` are the dialplan's globals, without `IVR_`."""
        given = {
            "ENGINE": engine or self.engine.address,
            "FALLBACK_QUEUE": self.fallback,
            **(settings or {}),
            **more,
        }
        lines = {f"X-IVR-{name}": value for name, value in given.items()} | dict(headers or {})
        call = Call(
            self.asterisk.callers,
            self.asterisk.address,
            dialled or self.dialled,
            number,
            lines,
            from_header,
            on_refer,
        )
        self._calls.append(call)
        return call

    def carrier(self, does: str) -> Carrier:
        """Let the number that the trunk `carrier` reaches do this; see `Carrier`."""
        self._carriers.append(Carrier(self.asterisk.carriers, does))
        return self._carriers[-1]

    def joined(self, queue: str, count: int = 1, seconds: float = PATIENCE) -> Event:
        """Give the event of the `count`-th caller who joins this queue, when he does."""
        found: list[Event] = []

        def wanted(event: Event) -> bool:
            if (event["Event"], event.get("Queue")) == ("QueueCallerJoin", queue):
                if event not in found:
                    found.append(event)
                return len(found) >= count and event is found[count - 1]
            return False

        return self.manager.wait(wanted, seconds, f"caller {count} in queue {queue}")

    def connected(self, queue: str, seconds: float = PATIENCE) -> Event:
        """Give the event of a caller in this queue being put through, once the two can talk."""
        return self.all_connected(queue, 1, seconds)[0]

    def gone(self, joined: Event, seconds: float = PATIENCE) -> Event:
        """Give the event of this caller's channel being gone."""
        return self.manager.wait(
            lambda e: (e["Event"], e.get("Uniqueid")) == ("Hangup", joined["Uniqueid"]),
            seconds,
            "the end of the caller's channel",
        )

    def newchannel(self, event: Event) -> Event:
        """Give the event with which the channel of this event began."""
        return self.manager.wait(
            lambda e: (e["Event"], e.get("Uniqueid")) == ("Newchannel", event["Uniqueid"])
        )

    def priority(self, joined: Event) -> int:
        """Give the QUEUE_PRIO with which this caller stands in his queue."""
        number = self.manager.action("QueueStatus", Queue=joined["Queue"])["ActionID"]
        entry = self.manager.wait(
            lambda e: (
                (e["Event"], e.get("ActionID"), e.get("Uniqueid"))
                == ("QueueEntry", number, joined["Uniqueid"])
            ),
            what="the caller's place in the queue",
        )
        return int(entry["Priority"])

    def log(self, joined: Event, kind: str) -> list[list[str]]:
        """List the lines of queue_log about this caller of one kind, as their fields."""
        rows = [row.split("|") for row in self.asterisk.read("queue_log").splitlines()]
        return [row for row in rows if row[1] == joined["Uniqueid"] and row[4] == kind]

    def cdr(self, joined: Event, count: int = 1) -> list[dict[str, str]]:
        """Give this caller's call detail records, once there are `count` of them."""
        return self.asterisk.cdr(joined["Uniqueid"], count)

    def agent_hangs_up(self, connected: Event) -> None:
        """The agent who took this call hangs up first, at his own end."""
        leg = connected["DestChannel"].removesuffix(";1") + ";2"
        self.manager.action("Hangup", Channel=leg, Cause="16")

    def parted(self, connected: Event) -> Event:
        """Give the event of this agent's leg being gone."""
        return self.manager.wait(
            lambda e: (e["Event"], e.get("Uniqueid")) == ("Hangup", connected["DestUniqueid"]),
            what="the end of the agent's leg",
        )

    def hung_up_at(self, connected: Event) -> float:
        """Give when that was, in epoch seconds."""
        return float(self.parted(connected)["Timestamp"])

    def all_connected(self, queue: str, count: int, seconds: float = PATIENCE) -> list[Event]:
        """Give the events of so many callers being put through to agents of this queue."""
        found: list[Event] = []

        def enough(event: Event) -> bool:
            if (event["Event"], event.get("Queue")) == ("AgentConnect", queue):
                found.append(event)
            return len(found) == count

        self.manager.wait(enough, seconds, f"{count} conversations in {queue}")
        for event in found:
            self._bridged(event["Uniqueid"])
            self._bridged(event["DestUniqueid"])
        return found

    def _bridged(self, uniqueid: str) -> None:
        self.manager.wait(
            lambda e: (e["Event"], e.get("Uniqueid")) == ("BridgeEnter", uniqueid),
            what="the bridge of a conversation",
        )

    def report(self, connected: Event) -> tuple[Event, Event]:
        """Give the beginning and the end of the channel that reports this conversation's end."""
        asks = self.manager.wait(
            lambda e: (
                e["Event"] == "Newexten"
                and e["Application"] == "AGI"
                and f"uniqueid={connected['Uniqueid']}" in e["AppData"]
                and "/ended" in e["AppData"]
            ),
            what="the report of a call's end",
        )
        begun = self.newchannel(asks)
        return begun, self.gone(begun)

    def transfer(self, connected: Event, extension: str) -> None:
        """The agent transfers his caller blindly."""
        self.manager.action(
            "BlindTransfer",
            Channel=connected["DestChannel"],
            Context="from-agents",
            Exten=extension,
        )

    def consult(self, connected: Event, extension: str) -> None:
        """The agent begins an attended transfer; he completes it by hanging up.

        He presses the feature's key, and the extension once the caller is on hold: keys that come
        before are lost.
        """
        leg = connected["DestChannel"]
        self.manager.action("Setvar", Channel=leg, Variable="TRANSFER_CONTEXT", Value="from-agents")
        held = len(self._on_hold(connected))
        self._press(leg, "*")
        self.manager.wait(
            lambda _: len(self._on_hold(connected)) > held, what="the caller being put on hold"
        )
        self._press(leg, extension)

    def _on_hold(self, connected: Event) -> list[Event]:
        return self.manager.find(
            lambda e: (e["Event"], e.get("Uniqueid")) == ("MusicOnHoldStart", connected["Uniqueid"])
        )

    def _press(self, channel: str, keys: str) -> None:
        for key in keys:
            self.manager.action(
                "PlayDTMF", Channel=channel, Digit=key, Duration="100", Receive="true"
            )
            time.sleep(0.2)  # a key that comes while the one before still sounds is lost

    def talking(self, agent: str) -> Event:
        """Give the event of an agent's extension being in a conversation."""
        return self.manager.wait(
            lambda e: e["Event"] == "BridgeEnter" and f"Local/{agent}@" in e["Channel"],
            what=f"a conversation of {agent}",
        )

    def close(self) -> None:
        """End what this test began."""
        for call in self._calls:
            call.close()
        for phone in self._phones:
            phone.close()
        for carrier in self._carriers:
            carrier.close()
        for queue, interface in self._members:
            self.manager.action("QueueRemove", Queue=queue, Interface=interface, check=False)


def seconds_between(earlier: Event, later: Event) -> float:
    """Give the seconds between two events, by Asterisk's own clock."""
    return float(later["Timestamp"]) - float(earlier["Timestamp"])


def lasted(told: str, earlier: Event, later: Event) -> bool:
    """Tell whether so many whole seconds, as told, lie between two events."""
    return abs(int(told) - seconds_between(earlier, later)) <= 1.1
