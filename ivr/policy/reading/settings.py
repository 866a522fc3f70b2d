"""What holds for the whole policy: its time zone, numbers, languages, topics and grants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers

from ivr.policy.reading.fields import Fields
from ivr.policy.reading.names import Names
from ivr.policy.reading.nodes import Items
from ivr.policy.reading.numbers import read_number_prefix
from ivr.policy.reading.values import advice, duration, name, one_of, shown, text, wrong_type

if TYPE_CHECKING:
    from ivr.policy.model import Place
    from ivr.policy.problems import Report
    from ivr.policy.reading.document import Document
    from ivr.policy.reading.nodes import Node

#: What is said of a country that is not known.
COUNTRY: Final = "write its two capital letters (ISO 3166), such as IL"

_DAY: Final = 86_400

_NEEDED: Final = {
    "timezone": "write 'timezone: Asia/Jerusalem', or where you are",
    "numbers": "write 'numbers: {region: IL}', or your country",
    "languages": "write 'languages: [he, en]', the first being the one callers hear",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings; what was wrong stands here as a harmless value.

    `premium` are prefixes in E.164, `retention_days` how long contacts are kept (None: for ever).
    """

    zone: ZoneInfo
    region: str
    languages: Names[None]
    topics: Names[None]
    grants: Names[None]
    premium: tuple[str, ...] = ()
    retention_days: int | None = None


def read_settings(document: Document, report: Report) -> Settings:
    """The settings of a document."""
    for section, instead in _NEEDED.items():
        if section not in document.sections and document.complete:
            report.add(document.missing_at, f"no '{section}'", instead)
    region = _region(document.sections.get("numbers"), report) or "IL"
    return Settings(
        zone=_zone(document.sections.get("timezone"), report) or ZoneInfo("UTC"),
        region=region,
        languages=_declared(document, "languages", "language", report),
        topics=_declared(document, "topics", "topic", report),
        grants=_declared(document, "grants", "grant", report),
        premium=_premium(document.sections.get("premium"), region, report),
        retention_days=_retention(document.sections.get("retention"), report),
    )


def _premium(node: Node | None, region: str, report: Report) -> tuple[str, ...]:
    """Prefixes that the policy adds to those that nobody is ever sent to."""
    items = node.items if isinstance(node, Items) else ()
    if node is not None and not isinstance(node, Items):
        wrong_type(node, "'premium'", 'a list such as ["1-956"]', report)
    found = [read_number_prefix(item, region, report) for item in items]
    return tuple(each for each in found if each is not None)


def _retention(node: Node | None, report: Report) -> int | None:
    """Whole days. Conditions look back up to two months, so that is the least."""
    kept = duration(node, "'retention'", "62d", "3650d", report) if node else None
    return kept // _DAY if kept is not None else None


def _zone(node: Node | None, report: Report) -> ZoneInfo | None:
    written = text(node, "the timezone", report) if node else None
    if node is None or written is None:
        return None
    try:
        return ZoneInfo(written)
    except (KeyError, ValueError, OSError):  # a folder of zones raises OSError
        instead = advice(written, sorted(available_timezones()))
        report.add(node.place, f"the timezone {shown(written)} is unknown", instead)
        return None


def _region(node: Node | None, report: Report) -> str | None:
    if node is None:
        return None
    region = Fields(node, "'numbers'", ("region",), report).need("region", "write region: IL")
    regions = phonenumbers.SUPPORTED_REGIONS
    return one_of(region, "the region", regions, report, COUNTRY) if region else None


def _declared(document: Document, section: str, what: str, report: Report) -> Names[None]:
    """The names of a list that declares them, in order."""
    node = document.sections.get(section)
    if not isinstance(node, Items):
        if node is not None:
            wrong_type(node, f"'{section}'", "a list such as [one, two]", report)
        return Names(what, section, {}, document.whole(section) and node is None)
    if section in _NEEDED and not node.items:
        report.add(node.place, f"'{section}' is empty", _NEEDED[section])
    found: dict[str, Place] = {}
    sound = [_declare(item, what, found, report) for item in node.items]
    complete = document.whole(section) and all(sound) and bool(found or section not in _NEEDED)
    return Names(what, section, dict.fromkeys(found), complete, found)


def _declare(item: Node, what: str, found: dict[str, Place], report: Report) -> bool:
    declared = name(item, f"the {what}", report)
    if declared is None:
        return False
    if declared in found:
        report.add(item.place, f"the {what} {shown(declared)} is declared twice", "keep one")
    found[declared] = item.place
    return True
