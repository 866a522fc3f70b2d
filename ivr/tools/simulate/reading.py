"""A staffing file: YAML, read whole, every problem at once with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Place
from ivr.policy.problems import Problems, Report
from ivr.policy.reading.calendars import read_calendar
from ivr.policy.reading.fields import Fields, entries
from ivr.policy.reading.names import Names
from ivr.policy.reading.nodes import Items, Kind, Scalar, Table, parse
from ivr.policy.reading.values import boolean, duration, listed, name, shown, whole
from ivr.tools.simulate.staffing import Group, QueueRules, Serves, Shift, Staffing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from ivr.policy.model import Calendar, Policy
    from ivr.policy.reading.nodes import Node

_KEYS: Final = ("agents", "queues", "fallback", "wrap_up")
_EXAMPLE: Final = "write agents: {senior: {queues: [senior], shifts: [{count: 5}]}}"
_MOST_AGENTS: Final = 10_000
_MOST_CALLERS: Final = 1_000_000
_MOST_GROUPS: Final = 1_000
_HIGHEST: Final = 1_000_000  # of penalties and weights


def read_staffing(file: str, text: str, policies: tuple[Policy, ...]) -> Staffing | Problems:
    """What the file says, for the queues and calendars of these policies; or all its problems."""
    report = Report()
    root = parse(file, text, report)
    if root is None:
        report.add(Place(file, 1, 1), "the file holds nothing", _EXAMPLE)
        return report.problems()
    reader = _Reader(policies, report)
    staffing = reader.staffing(root)
    return report.problems() if len(report) else staffing


class _Reader:
    def __init__(self, policies: tuple[Policy, ...], report: Report) -> None:
        self._report = report
        self._zone: ZoneInfo = policies[0].zone
        queues: dict[str, str | None] = {}
        calendars: dict[str, Calendar | None] = {}
        for policy in reversed(policies):
            queues.update({each: queue.asterisk for each, queue in policy.queues.items()})
            calendars.update(policy.calendars)
        self._queues = Names("queue", "queues' in the policy", queues)
        self._calendars = Names("calendar", "calendars' in the policy", calendars)

    def staffing(self, root: Node) -> Staffing:
        fields = Fields(root, "a staffing file", _KEYS, self._report)
        agents = fields.need("agents", _EXAMPLE)
        fallback, wrap_up = fields.get("fallback"), fields.get("wrap_up")
        return Staffing(
            groups=self._groups(agents),
            queues=self._rules(fields.get("queues")),
            fallback=self._queues.value(fallback, self._report) if fallback else None,
            wrap_up=duration(wrap_up, "'wrap_up'", "0s", "1h", self._report) if wrap_up else None,
        )

    # --- agents -------------------------------------------------------------------------------

    def _groups(self, node: Node | None) -> tuple[Group, ...]:
        if isinstance(node, Table) and not node.entries:
            self._report.add(node.place, "'agents' is empty", _EXAMPLE)
        found = [self._group(key, value) for key, value in entries(node, "'agents'", self._report)]
        if node is not None and len(found) > _MOST_GROUPS:
            wrong = f"{len(found)} groups of agents"
            self._report.add(node.place, wrong, f"write at most {_MOST_GROUPS}")
        return tuple(found)

    def _group(self, key: Scalar, node: Node) -> Group:
        name(key, "a group's name", self._report)
        what = f"the group {shown(key.text)}"
        fields = Fields(node, what, ("queues", "shifts"), self._report)
        queues = fields.need("queues", "write queues: [main]")
        shifts = fields.need("shifts", "write shifts: [{calendar: service, count: 5}]")
        return Group(
            key.text,
            self._serves(queues, what) if queues else (),
            tuple(map(self._shift, listed(shifts, "'shifts'", self._report))) if shifts else (),
        )

    def _serves(self, node: Node, what: str) -> tuple[Serves, ...]:
        found: dict[str, Serves] = {}
        for item in listed(node, f"'queues' of {what}", self._report):
            serves = self._serve(item)
            if serves is not None and serves.queue in found:
                self._report.add(item.place, f"{what} serves this queue already", "keep one")
            elif serves is not None:
                found[serves.queue] = serves
        return tuple(found.values())

    def _serve(self, node: Node) -> Serves | None:
        if not isinstance(node, Table):
            queue = self._queues.value(node, self._report)
            return Serves(queue) if queue else None
        fields = Fields(node, "a queue that is served", ("queue", "penalty"), self._report)
        written, penalty = fields.need("queue", "write queue: main"), fields.get("penalty")
        queue = self._queues.value(written, self._report) if written else None
        points = whole(penalty, "'penalty'", 0, _HIGHEST, self._report) if penalty else 0
        return Serves(queue, points or 0) if queue else None

    def _shift(self, node: Node) -> Shift:
        fields = Fields(node, "a shift", ("calendar", "days", "hours", "count"), self._report)
        number = fields.need("count", "write count: 5")
        count = whole(number, "'count'", 0, _MOST_AGENTS, self._report) if number else 0
        return Shift(count or 0, self._hours(fields))

    def _hours(self, fields: Fields) -> Calendar | None:
        calendar, own = fields.get("calendar"), fields.present(("days", "hours"))
        if calendar is None:
            return self._own_hours(fields) if own else None
        if own:
            wrong = "a shift with a calendar, and hours of its own"
            self._report.add(fields.at(own[0]), wrong, "keep the one or the other")
        return self._calendars.value(calendar, self._report)

    def _own_hours(self, fields: Fields) -> Calendar | None:
        """Read as a policy's calendar reads an entry of `open`."""
        place = fields.place
        written = [(_key(each, place), fields.get(each)) for each in ("days", "hours")]
        entry = Table(tuple((key, node) for key, node in written if node is not None), place)
        week = Table(((_key("open", place), Items((entry,), place)),), place)
        return read_calendar("of this shift", week, self._zone, self._report)

    # --- queues -------------------------------------------------------------------------------

    def _rules(self, node: Node | None) -> Mapping[str, QueueRules]:
        found: dict[str, QueueRules] = {}
        for key, value in entries(node, "'queues'", self._report):
            queue = self._queues.value(key, self._report)
            rules = self._queue_rules(value)
            if queue is not None:
                found[queue] = rules
        return found

    def _queue_rules(self, node: Node) -> QueueRules:
        keys = ("joinempty", "leavewhenempty", "maxlen", "weight")
        fields = Fields(node, "a queue", keys, self._report)
        join = self._flag(fields, "joinempty", usual=False)
        most, weight = fields.get("maxlen"), fields.get("weight")
        return QueueRules(
            joinempty=join,
            leavewhenempty=self._flag(fields, "leavewhenempty", usual=not join),
            maxlen=whole(most, "'maxlen'", 1, _MOST_CALLERS, self._report) if most else None,
            weight=(whole(weight, "'weight'", 0, _HIGHEST, self._report) or 0) if weight else 0,
        )

    def _flag(self, fields: Fields, key: str, *, usual: bool) -> bool:
        node = fields.get(key)
        said = boolean(node, f"'{key}'", self._report) if node else None
        return usual if said is None else said


def _key(text: str, place: Place) -> Scalar:
    return Scalar(text, Kind.TEXT, place)
