"""`queues:` queues of Asterisk's, and where a caller goes when one refuses him."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Queue
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.loops import loops, order
from ivr.policy.reading.names import Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node
    from ivr.policy.reading.scope import Base

_KEYS: Final = ("asterisk", "fallback", "options", "music", "announce")

#: Queue()'s letters that take nothing in brackets (Asterisk 22; a bracket would not pass anyway).
_OPTIONS: Final = re.compile(r"[CcdFhHiIkKmnrRtTwWxX]{1,20}")

#: Names the settings of queues.conf: no queue can have it.
_RESERVED: Final = "general"


@dataclass(frozen=True, slots=True)
class _Written:
    """A queue as it stands in the file: `fallback` is a name still."""

    queue: Queue | None
    fallback: str | None


def read_queues(nodes: Mapping[str, Node], complete: bool, base: Base) -> Names[Queue]:
    """All queues, each holding its fallback by reference."""
    names: Names[Queue] = Names("queue", "queues", dict.fromkeys(nodes), complete)
    written = {name: _read(name, node, names, base) for name, node in nodes.items()}
    leads_to = {name: {each.fallback} - {None} for name, each in written.items()}
    chains = {name: {str(other) for other in others} for name, others in leads_to.items()}
    for loop in loops(chains):
        wrong = f"the fallbacks go round: {' -> '.join(loop)}"
        base.report.add(nodes[loop[0]].place, wrong, "let one of them have no fallback")
        chains[loop[0]].discard(loop[1])
        written[loop[0]] = _Written(None, None)
    return replace(names, values=_joined(written, chains))


def _joined(
    written: Mapping[str, _Written], chains: Mapping[str, set[str]]
) -> dict[str, Queue | None]:
    joined: dict[str, Queue | None] = {}
    for name in order(chains):
        each = written[name]
        fallback = joined[each.fallback] if each.fallback is not None else None
        joined[name] = replace(each.queue, fallback=fallback) if each.queue else None
    return {name: joined[name] for name in written}


def _read(name: str, node: Node, names: Names[Queue], base: Base) -> _Written:
    report = base.report
    before = len(report)
    fields = Fields(node, f"the queue {values.shown(name)}", _KEYS, report)
    fallback, options = fields.get("fallback"), fields.get("options")
    music, announce = fields.get("music"), fields.get("announce")
    queue = Queue(
        name=name,
        asterisk=_asterisk(name, fields, node, report),
        options=_options(options, report) if options else "",
        music=(values.name(music, "the music class", report) if music else "") or "",
        announce=(base.prompts.find(announce, report) if announce else "") or "",
        place=node.place,
    )
    target = names.find(fallback, report) if fallback else None
    return _Written(queue if len(report) == before else None, target)


def _asterisk(name: str, fields: Fields, node: Node, report: Report) -> str:
    """The name in queues.conf: the queue's own, unless another is given."""
    given = fields.get("asterisk")
    found = values.name(given, "the queue of Asterisk's", report) if given else name
    if found == _RESERVED:
        wrong = "no queue of Asterisk's can be called 'general' (it holds the settings)"
        instead = "give it another name in queues.conf, and here as 'asterisk'"
        report.add((given or node).place, wrong, instead)
    return found or ""


def _options(node: Node, report: Report) -> str:
    written = values.text(node, "'options'", report)
    if written is None or _OPTIONS.fullmatch(written):
        return written or ""
    wrong = f"the options {values.shown(written)} are not letters of Queue()"
    report.add(node.place, wrong, "write letters such as tk, without brackets")
    return ""
