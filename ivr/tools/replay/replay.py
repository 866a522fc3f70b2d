"""The replay itself: calls in the order in which they came, each known to later ones at its end.

Two policies see the same calls and the same outcomes, so one ledger serves both, as long as they
agree on what it is told: days (the zone), who confirms what when (the process' rules), VIPs' grant,
and consents. Where they do not, each has its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import Contact
from ivr.engine.desk import DeskError
from ivr.routing.step import entrypoint_of
from ivr.tools.recorded.ledger import Ledger
from ivr.tools.recorded.waits import LIMIT
from ivr.tools.replay.difference import Difference
from ivr.tools.replay.figures import OTHERS, Figures, Volume
from ivr.tools.replay.lives import Lives
from ivr.tools.replay.side import Side, grant_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.recorded.days import Local

_ASSUMED: Final = "assumed"
_ONE_DAY: Final = timedelta(days=1)

#: Topics unknown to the policy that are counted by name.
_MOST_TOPICS: Final = 100


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is taken for so, since no log tells it.

    `marked`: agents marked every answered contact as not to the point. `noted`: they left a note on
    each. `confirms`: what is due in the nuisance process is confirmed at once. `agrees`: whoever is
    offered a paid line says yes. `number` is the number dialled where the log has none, `grant`
    what VIPs have (None: the policy's first entrypoint, its only grant).
    """

    marked: bool = False
    noted: bool = True
    confirms: bool = True
    agrees: bool = False
    number: str = ""
    grant: str | None = None


@dataclass(slots=True)
class Known:
    """What is known of the callers of one policy, or of two that agree on it.

    `grant` is what VIPs of the log have.
    """

    policy: Policy
    ledger: Ledger
    lives: Lives
    grant: str | None
    assumed: Assumed
    _day: date | None = None

    def comes_to(self, now: Instant) -> Local:
        """Time goes on: every day up to this moment's is one on which the store was there."""
        local = self.ledger.days.at(now)
        if local.day != self._day:
            self._passes(local.day)
        return local

    def ended(self, call: RecordedCall) -> None:
        """Later calls know of this one."""
        ended, assumed = call.ended, self.assumed
        contact = Contact(
            system="", linked_id=str(call.line), decision="", number=call.number,
            started=call.started, ended=ended, day=self.ledger.days.at(ended).day,
            outcome=call.outcome, topic=call.topic, agent=call.agent,
            note=_ASSUMED if assumed.noted else None,
            marked_by=_ASSUMED if assumed.marked else None,
        )  # fmt: skip
        self.ledger.ended(contact)

    def is_vip(self, number: str, now: Instant) -> None:
        """The log takes the caller for a VIP: he has the grant from now on."""
        if self.grant is not None:
            self.ledger.grant(number, self.grant, now)
        elif self.policy.grants:
            named = ", ".join(self.policy.grants)
            raise DeskError(
                f"the log has VIPs: say with --vip-grant which grant is theirs: {named}"
            )

    def is_over(self) -> None:
        """The log is over: the last month is looked at too, if it was whole."""
        if self._day is not None:
            self.lives.month_begins((self._day.replace(day=1) + 31 * _ONE_DAY).replace(day=1))

    def _passes(self, day: date) -> None:
        passed = day if self._day is None else self._day + _ONE_DAY
        while passed < day:
            self._begins(passed)
            passed += _ONE_DAY
        if self._day is None or day > self._day:
            self._begins(day)
            self._day = day

    def _begins(self, day: date) -> None:
        self.ledger.attend(day)
        if day.day == 1:
            self.lives.month_begins(day)


@dataclass(slots=True)
class Part:
    """One policy's part: what it did with the calls, and what it knew."""

    side: Side
    known: Known
    figures: Figures


@dataclass(slots=True)
class Seen:
    """What a log comes to, whatever the policy. `no_key` counts calls by topics unknown to it.

    `callers` are those of calls that are counted: earlier ones are only known.
    """

    calls: int = 0
    history: int = 0
    vips: int = 0
    withheld: int = 0
    no_topic: int = 0
    callers: set[str] = field(default_factory=set)
    no_key: Counter[str] = field(default_factory=Counter)
    first: Instant | None = None
    last: Instant | None = None


@dataclass(slots=True)
class Replay:
    """Recorded calls through a policy, or two. Calls before `since` are history, and not counted.

    Raises `DeskError` for what is assumed and the policies do not have.
    """

    policy: Policy
    against: Policy | None = None
    assumed: Assumed = Assumed()
    limit: int = LIMIT
    since: Instant = float("-inf")
    volume: Volume = field(init=False)
    parts: list[Part] = field(init=False)
    seen: Seen = field(default_factory=Seen, init=False)
    difference: Difference = field(default_factory=Difference, init=False)
    _knowns: list[Known] = field(init=False)
    _ends: list[tuple[float, int, RecordedCall]] = field(default_factory=list, init=False)
    _topics: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.volume = Volume(self.limit)
        self.parts = [self._part(self.policy)]
        if self.against is not None:
            self.parts.append(self._part(self.against))
        self._knowns = list({id(part.known): part.known for part in self.parts}.values())
        self._topics = frozenset(self.policy.topics)

    def run(self, calls: Iterable[RecordedCall]) -> None:
        """Every call, in the order in which they began."""
        for number, call in enumerate(calls):
            self._ended(call.started)
            self._take(call)
            if call.number is not None:
                heappush(self._ends, (call.ended, number, call))
        self._ended(float("inf"))
        for known in self._knowns:
            known.is_over()

    def _ended(self, now: Instant) -> None:
        ends = self._ends
        while ends and ends[0][0] <= now:
            _, _, call = heappop(ends)
            for known in self._knowns:
                known.ended(call)

    def _take(self, call: RecordedCall) -> None:
        locals_ = [known.comes_to(call.started) for known in self._knowns]
        if call.vip and call.number is not None:
            for known in self._knowns:
                known.is_vip(call.number, call.started)
        if call.started < self.since:
            self.seen.history += 1
            return
        self._see(call)
        self._decide(call, locals_[0])

    def _decide(self, call: RecordedCall, local: Local) -> None:
        wait = self.volume.add(call, local)
        decisions = []
        for part in self.parts:
            decision = part.side.decide(call)
            part.figures.add(call, decision, local.hour, wait)
            decisions.append(decision)
        if len(decisions) > 1:
            self.difference.add(call, *decisions)

    def _see(self, call: RecordedCall) -> None:
        seen, topic = self.seen, call.topic
        seen.calls += 1
        seen.last = call.started
        if seen.first is None:
            seen.first = call.started
        if call.vip:
            seen.vips += 1
        if call.number is None:
            seen.withheld += 1
        else:
            seen.callers.add(call.number)
        if topic is None:
            seen.no_topic += 1
        elif topic not in self._topics:
            name = topic if topic in seen.no_key or len(seen.no_key) < _MOST_TOPICS else OTHERS
            seen.no_key[name] += 1

    def _part(self, policy: Policy) -> Part:
        assumed = self.assumed
        known = self._known(policy)
        number = self._number(policy)
        side = Side(policy, known.ledger, number, assumed.agrees)
        return Part(side, known, Figures(self.limit))

    def _number(self, policy: Policy) -> str:
        """Where the log has none: the same number for both, if both have it."""
        if self.assumed.number or policy is self.policy:
            return self.assumed.number
        own = self.parts[0].side.default_number
        return own if entrypoint_of(policy, own) is not None else ""

    def _known(self, policy: Policy) -> Known:
        grant = grant_of(policy, self.assumed.grant)
        if policy is not self.policy and not self.assumed.agrees:
            first = self.parts[0].known
            if _knows_of(first.policy, first.grant) == _knows_of(policy, grant):
                return first
        ledger = Ledger(policy.zone)
        lives = Lives(policy, ledger, self.assumed.confirms)
        return Known(policy, ledger, lives, grant, self.assumed)


def _knows_of(policy: Policy, grant: str | None) -> object:
    """What makes a ledger of its own: days, who confirms what when, and VIPs' standing."""
    return policy.zone.key, policy.nuisance, grant, policy.grants if grant is None else ()
