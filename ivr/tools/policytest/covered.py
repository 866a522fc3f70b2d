"""What there is in a policy that a test could reach, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.policy.model import ToAnnouncement, ToHangup, ToNumber, ToPaidLine, ToQueue
from ivr.policy.paid import Method
from ivr.policy.problems import Report
from ivr.policy.reading.document import read_document
from ivr.policy.reading.nodes import Items, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivr.policy.model import Place, Policy, Route, Target
    from ivr.policy.paid import PaidLine
    from ivr.policy.reading.nodes import Node

#: The kinds, in the order in which they are shown.
KINDS: Final = (
    "entrypoints", "tiers", "routes", "overflow", "fallbacks", "menus", "keys", "announcements",
    "paid lines",
)  # fmt: skip
OTHERWISE: Final = "otherwise"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a test can reach. `key` tells it apart from all others of its kind."""

    kind: str
    key: tuple[str, ...]
    place: Place
    name: str


def items(files: Mapping[str, str], policy: Policy) -> list[Item]:
    """All of a policy, which was loaded from these texts."""
    written = _Written(files)
    return [
        *(Item("entrypoints", (door.name,), door.place, f"the entrypoint {door.name}")
          for door in policy.entrypoints.values()),
        *_tiers(policy),
        *(Item("routes", (route.name,), route.place, f"the route {route.name}")
          for route in policy.routes),
        *_stages(policy, written),
        *_fallbacks(policy, written),
        *(Item("menus", (menu.name,), menu.place, f"the menu {menu.name}")
          for menu in policy.menus.values()),
        *_keys(policy, written),
        *(item for line in policy.paid_lines.values() for item in _paid(line)),
    ]  # fmt: skip


def _tiers(policy: Policy) -> Iterator[Item]:
    for index, rule in enumerate(policy.tiers):
        yield Item("tiers", (str(index),), rule.place, f"this rule for the tier {rule.tier}")


def _stages(policy: Policy, written: _Written) -> Iterator[Item]:
    """Announcements wherever they stand, and whatever stands behind the first place of a route."""
    for index, route in enumerate(policy.routes):
        for at, stage in enumerate(route.stages):
            spoken = isinstance(stage.target, ToAnnouncement)
            if at == 0 and not spoken:
                continue
            kind = "announcements" if spoken else "overflow"
            place = written.stage(index, at) or route.place
            yield Item(kind, (route.name, str(at)), place, _stage_name(route, at, stage.target))


def _stage_name(route: Route, at: int, target: Target) -> str:
    if at == 0:
        return f"the announcement of the route {route.name}"
    match target:
        case ToQueue(queue):
            where = f"queue {queue.name}"
        case ToNumber(dial):
            where = f"number {dial}"
        case ToAnnouncement():
            where = "an announcement"
        case ToHangup():
            where = "the end of the call"
        case ToPaidLine(line):
            where = f"the paid line {line.name}"
    return f"step {at} of 'then' in the route {route.name}: {where}"


def _fallbacks(policy: Policy, written: _Written) -> Iterator[Item]:
    nowhere = written.start
    for queue in policy.queues.values():
        if queue.fallback is not None:
            place = written.of("queues", queue.name, "fallback") or nowhere
            name = f"the fallback of the queue {queue.name}: {queue.fallback.name}"
            yield Item("fallbacks", (queue.name,), place, name)


def _keys(policy: Policy, written: _Written) -> Iterator[Item]:
    """Keys that are written, and what is done without one."""
    for menu in policy.menus.values():
        for key in menu.keys:
            place = written.of("menus", menu.name, "keys", key)
            if place is not None:
                yield Item("keys", (menu.name, key), place, f"key {key} of the menu {menu.name}")
        place = written.of("menus", menu.name, OTHERWISE) or menu.place
        name = f"'{OTHERWISE}' of the menu {menu.name}"
        yield Item("keys", (menu.name, OTHERWISE), place, name)


def _paid(line: PaidLine) -> Iterator[Item]:
    told = line.method is Method.TELL
    happens = ["offered", "told" if told else "agreed", "declined"]
    happens += ["moved"] if line.method is Method.REDIRECT else []
    happens += ["appealed"] if line.appeal_key else []
    for what in happens:
        name = f"the paid line {line.name} {what}"
        yield Item("paid lines", (line.name, what), line.place, name)


class _Written:
    """Where things stand in the policy's files."""

    def __init__(self, files: Mapping[str, str]) -> None:
        document = read_document(files, Report())
        self.start = document.missing_at
        self._sections = document.sections

    def of(self, section: str, *keys: str) -> Place | None:
        """The place of a key within a section; None if it is not written."""
        node: Node | None = self._sections.get(section)
        place = None
        for key in keys:
            found = node.entries if isinstance(node, Table) else ()
            place, node = next(
                ((each.place, value) for each, value in found if each.text == key), (None, None)
            )
        return place

    def stage(self, route: int, at: int) -> Place | None:
        """The place of a step of a route, the first being the route itself."""
        routes = self._sections.get("routes")
        node = routes.items[route] if isinstance(routes, Items) else None
        if at == 0 or not isinstance(node, Table):
            return node.place if node else None
        then = next((value for key, value in node.entries if key.text == "then"), None)
        if isinstance(then, Items):
            return then.items[at - 1].place
        return then.place if then else None
