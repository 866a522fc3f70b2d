"""A caller for machines, and for the caller's right to see what is kept: plain JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ivr.callers.months import months
from ivr.callers.nuisance import stage
from ivr.tools.moments import iso

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Author, Caller, Grant, Instant, Mark, Record
    from ivr.callers.contacts import Contact
    from ivr.callers.nuisance import Process, Rules, Told
    from ivr.engine.interfaces import History, JournalEntry


def caller_json(
    caller: Caller, now: Instant, zone: ZoneInfo, rules: Rules | None = None
) -> dict[str, Any]:
    """What a decision knows of a caller; `rules` are the policy's for the nuisance process."""
    return {
        "number": caller.number,
        **record_json(caller.record, now, zone),
        "nuisance": stage(rules, caller.record, months(caller, zone, now), now).value,
        "months": [asdict(month) for month in caller.months],
        "undocumented": caller.undocumented,
        "contacts": [{**tally._asdict(), "day": str(tally.day)} for tally in caller.tallies],
        "last_agent": caller.last_agent,
    }


def record_json(record: Record, now: Instant, zone: ZoneInfo) -> dict[str, Any]:
    """What people decided, with what is in force now."""
    return {
        "generation": record.generation,
        "grants": [{"name": g.name, **_term(g, now, zone)} for g in record.grants],
        "cases": [
            {"id": c.id, "topic": c.topic, "complex": c.complex, **_author(c.author, zone)}
            for c in record.cases
        ],
        "marks": [{"kind": m.kind, **_term(m, now, zone)} for m in record.marks],
        "shared": None if record.shared is None else _author(record.shared, zone),
        "nuisance": stage(None, record, (), now).value,
        "process": process_json(record.process, zone),
        "protected": [
            {"from": iso(span.start, zone), "until": iso(span.end, zone)}
            for span in record.protected
        ],
    }


def process_json(process: Process, zone: ZoneInfo) -> dict[str, Any]:
    """What people did in the nuisance process."""
    return {
        "reached": process.reached.value,
        "since": process.since or None,
        "warned": _told(process.warned, zone),
        "noticed": _told(process.noticed, zone),
        "appeal": None if process.appeal is None else iso(process.appeal, zone),
    }


def _told(told: Told | None, zone: ZoneInfo) -> dict[str, Any] | None:
    return None if told is None else {**asdict(told), "at": iso(told.at, zone)}


def history_json(history: History, now: Instant, zone: ZoneInfo) -> dict[str, Any]:
    """All that is known of a number, over all its owners."""
    return {
        "number": history.number,
        "exported": iso(now, zone),
        "record": record_json(history.record, now, zone),
        "journal": [entry_json(entry, zone) for entry in history.journal],
        "contacts": [contact_json(contact, zone) for contact in history.contacts],
        "consents": [{**asdict(each), "at": iso(each.at, zone)} for each in history.consents],
    }


def _term(term: Grant | Mark, now: Instant, zone: ZoneInfo) -> dict[str, Any]:
    until = None if term.until is None else iso(term.until, zone)
    return {"until": until, "in_force": term.holds(now), **_author(term.author, zone)}


def _author(author: Author, zone: ZoneInfo) -> dict[str, str]:
    return {
        "by": author.by,
        "os_user": author.os_user,
        "at": iso(author.at, zone),
        "why": author.why,
    }


def entry_json(entry: JournalEntry, zone: ZoneInfo) -> dict[str, Any]:
    """One change as it was made."""
    values = dict(entry.values)
    until = values.get("until")
    if isinstance(until, (int, float)):
        values["until"] = iso(until, zone)
    return {
        "generation": entry.generation,
        "change": entry.kind,
        **values,
        **_author(entry.author, zone),
    }


def contact_json(contact: Contact, zone: ZoneInfo) -> dict[str, Any]:
    """One contact."""
    return {
        "id": contact.id,
        **asdict(contact),
        "started": iso(contact.started, zone),
        "ended": iso(contact.ended, zone),
        "day": str(contact.day),
        "outcome": contact.outcome.value,
    }
