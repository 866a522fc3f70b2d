"""Single values of a policy: text, names, durations. None means that the problem is reported."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeGuard

from ivr.policy.reading.nodes import Hole, Items, Kind, Scalar, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node

#: What may reach Asterisk (design, "How a policy is read"): nothing that a dialplan trips over.
_NAME: Final = re.compile(r"[A-Za-z0-9_.:/@+*-]{1,80}")
_LONGEST: Final = 80
_DURATION: Final = re.compile(r"([0-9]{1,6})([smhd])")
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUTH: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

#: More choices than these are not listed in an advice.
_LISTED: Final = 8


def text(node: Node, what: str, report: Report) -> str | None:
    """Any text. What YAML would take for a number, a date or a truth must be quoted."""
    if isinstance(node, Scalar) and node.kind is Kind.TEXT:
        return node.text
    if isinstance(node, Scalar) and node.kind is not Kind.NOTHING:
        wrong = f"{what} {shown(node.text)} without quotes, which YAML takes for {node.kind.value}"
        report.add(node.place, wrong, f'write "{shown(node.text, "")}"')
    else:
        wrong_type(node, what, "text", report)
    return None


def name(node: Node, what: str, report: Report) -> str | None:
    """A name or value that reaches Asterisk or its logs."""
    found = text(node, what, report)
    if found is None or _NAME.fullmatch(found):
        return found
    wrong = f"{what} {shown(found)} has a character that Asterisk may trip over"
    if not found or len(found) > _LONGEST:
        wrong = f"{what} is empty" if not found else f"{what} {shown(found)} is too long"
    report.add(node.place, wrong, "write 1 to 80 of A-Z a-z 0-9 _ . : / @ + * -")
    return None


def one_of(
    node: Node, what: str, choices: Collection[str], report: Report, hint: str = ""
) -> str | None:
    """One of a few words, or of many that the hint describes."""
    found = text(node, what, report)
    if found is None or found in choices:
        return found
    instead = hint or advice(found, choices)
    report.add(node.place, f"{what} {shown(found)} is unknown", instead)
    return None


def boolean(node: Node, what: str, report: Report) -> bool | None:
    """`true` or `false`, without quotes."""
    if isinstance(node, Scalar) and node.kind is Kind.BOOLEAN:
        return _TRUTH[node.text.lower()]
    wrong_type(node, what, "true or false", report)
    return None


def whole(node: Node, what: str, least: int, most: int, report: Report) -> int | None:
    """A whole number within bounds, without quotes."""
    if not _is_bare_number(node):
        wrong_type(node, what, f"a number from {least} to {most}, without quotes", report)
        return None
    number = int(node.text)
    if least <= number <= most:
        return number
    report.add(node.place, f"{what} is {number}", f"write a number from {least} to {most}")
    return None


def duration(node: Node, what: str, least: str, most: str, report: Report) -> int | None:
    """A time such as `5s`, `20m`, `2h` or `14d`, in seconds."""
    if isinstance(node, Hole):
        return None
    found = seconds(node.text) if isinstance(node, Scalar) else None
    if found is None:
        written = f" {shown(node.text)}" if isinstance(node, Scalar) else ""
        example = f"{node.text}s" if _is_bare_number(node) else f"a number and its unit: {least}"
        report.add(node.place, f"{what}{written} is not a time", f"write {example}")
        return None
    if (seconds(least) or 0) <= found <= (seconds(most) or 0):
        return found
    wrong = f"{what} is {shown(node.text, '')}" if isinstance(node, Scalar) else what
    report.add(node.place, wrong, f"write a time from {least} to {most}")
    return None


def seconds(written: str) -> int | None:
    """The seconds of a duration as it is written, None if it is none."""
    match = _DURATION.fullmatch(written)
    return int(match[1]) * _SECONDS[match[2]] if match else None


def _is_bare_number(node: Node) -> TypeGuard[Scalar]:
    if not isinstance(node, Scalar) or node.kind is not Kind.NUMBER:
        return False
    return _WHOLE.fullmatch(node.text) is not None


def listed(node: Node, what: str, report: Report) -> Sequence[Node]:
    """The items of a list; a single value is a list of one. Empty ones are a problem."""
    if not isinstance(node, Items):
        return () if isinstance(node, Hole) else (node,)
    if not node.items:
        report.add(node.place, f"{what} is an empty list", "write at least one, or leave it out")
    return node.items


def wrong_type(node: Node, what: str, wanted: str, report: Report) -> None:
    """Say that something else is meant here; quiet where the node is a hole."""
    if not isinstance(node, Hole):
        report.add(node.place, f"{what} is {_kind(node)}", f"write {wanted}")


def _kind(node: Node) -> str:
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Table):
        return "a mapping"
    if isinstance(node, Scalar) and node.kind is not Kind.NOTHING:
        return shown(node.text)
    return "empty"


def shown(found: str, quote: str = "'") -> str:
    """A value as a problem shows it: on one line, not too long."""
    flat = "".join(char if char.isprintable() else "?" for char in found)
    return f"{quote}{flat if len(flat) <= 40 else flat[:37] + '...'}{quote}"


def advice(found: str, choices: Collection[str], others: str = "") -> str:
    """What to write instead of a word that is unknown; `others` is what else could be done."""
    close = closest(found, choices)
    if close:
        return f"did you mean '{close}'?" + (f" If not, {others}" if others else "")
    if len(choices) > _LISTED or not choices:
        return others or "look into the documentation for those that there are"
    return "write one of: " + ", ".join(choices) + (f"; or {others}" if others else "")


def closest(found: str, choices: Collection[str]) -> str | None:
    """The choice that was probably meant."""
    close = get_close_matches(found[:_LONGEST], choices, n=1)
    return close[0] if close else None
