"""Who may be charged, written once more and plainly: what the charge guard is held against.

It shares no code with `ivr.routing.charge`, `ivr.callers.nuisance` or `ivr.callers.months`, and
asks in the words of the design. Sentence by sentence, and no cleverness.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ivr.callers.caller import Caller, Consent, Record
from ivr.callers.nuisance import Rules
from ivr.policy.paid import PaidLine

ZONE = ZoneInfo("Asia/Jerusalem")


@dataclass(frozen=True)
class Asked:
    """A call as it truly is: `number` is the caller's own, None unless he shows it."""

    number: str | None
    forwarded: bool
    doubtful: bool
    transferred: bool
    topic: str | None
    by_key: bool


def may_be_charged(
    line: PaidLine, rules: Rules | None, asked: Asked, read: Caller | None, now: float
) -> bool:
    """Whether every sentence of "The charge guard" about call, caller and line is true."""
    if read is None or asked.number is None:
        return False  # the record was not read for this very call, or the number is withheld
    if read.number != asked.number:
        return False  # somebody else's record
    if rules is None or not at_last_stage(rules, read, now):
        return False
    return (
        both_notices_told(read.record, now)
        and not is_protected(read, now)
        and is_his_own_call(asked)
        and is_right_for(line, asked.number)
        and asked.topic not in line.exempt_topics
    )


def is_protected(read: Caller, now: float) -> bool:
    """Shared, or with an open case, an appeal, a promise that was broken, or a grant not over."""
    if read.record.shared is not None or len(read.record.cases) > 0:
        return True
    if read.record.process.appeal is not None or read.broken_promise or not read.reconciled:
        return True
    return any(grant.until is None or grant.until > now for grant in read.record.grants)


def is_his_own_call(asked: Asked) -> bool:
    """He himself calls directly, nobody doubts it, and he chose a topic by key."""
    if asked.forwarded or asked.doubtful or asked.transferred:
        return False
    return asked.topic is not None and asked.topic != "" and asked.by_key


def is_right_for(line: PaidLine, number: str) -> bool:
    """The price that is told is right for the number, and it is he whom the carrier bills."""
    if line.method.value != "tell" and line.carrier_bills_caller is None:
        return False
    return any(number[: len(prefix)] == prefix for prefix in line.valid_for)


def both_notices_told(record: Record, now: float) -> bool:
    """Who told him, how and when, twice and in that order."""
    first, second = record.process.warned, record.process.noticed
    if first is None or second is None:
        return False
    for told in (first, second):
        if told.by.strip() == "" or told.how.strip() == "":
            return False
    return first.at < second.at and second.at <= now


def at_last_stage(rules: Rules, caller: Caller, now: float) -> bool:
    """People brought him there, and no run of quiet months since has cleared him."""
    process = caller.record.process
    if process.reached.value != "paid":
        return False
    run = 0
    for month in months_between(process.since, now):
        if is_void(month, caller):
            continue
        contacts = sum(tally.contacts for tally in caller.months if tally.name == month)
        marks = sum(tally.marks for tally in caller.months if tally.name == month)
        watched = contacts >= rules.contacts and marks >= rules.marks
        run = 0 if watched else run + 1
        if run >= rules.quiet:
            return False
    return True


def months_between(since: str, now: float) -> list[str]:
    """The months after `since` that are over."""
    present = datetime.fromtimestamp(now, ZONE).strftime("%Y-%m")
    day = datetime(int(since[:4]), int(since[5:]), 15, tzinfo=UTC)
    found: list[str] = []
    while True:
        day = (day + timedelta(days=30)).replace(day=15)
        name = day.strftime("%Y-%m")
        if name >= present:
            return found
        found.append(name)


def is_void(month: str, caller: Caller) -> bool:
    """The store was away on a day of it, or the caller was protected on one."""
    if month not in caller.here:
        return True
    first = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
    end = (first + timedelta(days=35)).replace(day=1)
    begins, ends = (day.replace(tzinfo=ZONE).timestamp() for day in (first, end))
    record = caller.record
    spans = [(span.start, span.end) for span in record.protected]
    spans += [(grant.author.at, grant.until or float("inf")) for grant in record.grants]
    spans += [(case.author.at, float("inf")) for case in record.cases]
    return any(start < ends and end > begins for start, end in spans)


def has_agreed_before(line: PaidLine, read: Caller, now: float) -> Consent | None:
    """A consent of an earlier call to this price that is still valid."""
    noticed = read.record.process.noticed
    for consent in read.consents:
        if noticed is None or consent.at <= noticed.at or consent.at >= now:
            continue
        if now - consent.at >= line.consent_days * 86_400:
            continue
        if (consent.line, consent.prompt) != (line.name, line.price):
            continue
        if consent.version == line.price_version and consent.key == line.consent_key != "":
            return consent
    return None
