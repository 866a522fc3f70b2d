"""What holds for the whole policy: its time zone, numbers, languages, topics and grants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers

from ivr.policy.reading.fields import Fields
from ivr.policy.reading.names import Names
from ivr.policy.reading.nodes import Items
from ivr.policy.reading.values import advice, name, one_of, shown, text, wrong_type

if TYPE_CHECKING:
    from ivr.policy.problems import Report
    from ivr.policy.reading.document import Document
    from ivr.policy.reading.nodes import Node

#: What is said of a country that is not known.
COUNTRY: Final = "write its two capital letters (ISO 3166), such as IL"

_NEEDED: Final = {
    "timezone": "write 'timezone: Asia/Jerusalem', or where you are",
    "numbers": "write 'numbers: {region: IL}', or your country",
    "languages": "write 'languages: [he, en]', the first being the one callers hear",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings; what was wrong stands here as a harmless value."""

    zone: ZoneInfo
    region: str
    languages: Names[None]
    topics: Names[None]
    grants: Names[None]


def read_settings(document: Document, report: Report) -> Settings:
    """The settings of a document."""
    for section, instead in _NEEDED.items():
        if section not in document.sections and document.complete:
            report.add(document.missing_at, f"no '{section}'", instead)
    return Settings(
        zone=_zone(document.sections.get("timezone"), report) or ZoneInfo("UTC"),
        region=_region(document.sections.get("numbers"), report) or "IL",
        languages=_declared(document, "languages", "language", report),
        topics=_declared(document, "topics", "topic", report),
        grants=_declared(document, "grants", "grant", report),
    )


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
    found: dict[str, None] = {}
    sound = [_declare(item, what, found, report) for item in node.items]
    complete = all(sound) and bool(found or section not in _NEEDED)
    return Names(what, section, found, document.whole(section) and complete)


def _declare(item: Node, what: str, found: dict[str, None], report: Report) -> bool:
    declared = name(item, f"the {what}", report)
    if declared is None:
        return False
    if declared in found:
        report.add(item.place, f"the {what} {shown(declared)} is declared twice", "keep one")
    found[declared] = None
    return True
