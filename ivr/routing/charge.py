"""The charge guard: the one function that says whether a caller may be sent to a paid line.

It says no unless everything holds, and it says why. It is asked before the line is offered, and
again, on a fresh read in the transaction that keeps the consent, before the call moves. Whoever is
refused goes on by the free routes as if the paid one were not there.

docs/charge-guard.md is its page; tests/engine/test_charge_guard.py holds it for any policy, caller,
history, sequence of keys and store failure. Source: design, "The charge guard".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from ivr.callers.months import months
from ivr.callers.nuisance import Stage, stage
from ivr.policy.paid import Method

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Caller, Consent, Grant, Instant
    from ivr.callers.nuisance import Rules
    from ivr.policy.paid import PaidLine

_DAY: Final = 86_400


@unique
class Refusal(StrEnum):
    """Why a caller may not be charged; the values are read by people in the decision's trace."""

    WITHHELD = "the number is withheld, or cannot be used"
    NOT_READ = "the store was not read for this call"
    UNRECONCILED = "the store may have lost what it acknowledged, and is not reconciled"
    ANOTHER = "the record is another number's"
    PROCESS = "the nuisance process is not at its last stage"
    NOTICES = "a notice is not recorded with who told it, how and when"
    SHARED = "the number is shared"
    FORWARDED = "the call was forwarded"
    TRANSFERRED = "the call was transferred back: who presses the keys is not known"
    DOUBTFUL = "nobody vouches for the number"
    PREFIX = "the price is not right for this number"
    CASE = "a case is open"
    GRANT = "the caller has a grant"
    APPEAL = "an appeal is open"
    PROMISE = "a promise was broken"
    NO_TOPIC = "no topic was chosen by key"
    EXEMPT = "the topic is exempt"
    UNCONFIRMED = "nobody confirmed that the carrier bills the caller"
    PRICE = "the price was not played to its end"
    NO_CONSENT = "the caller did not agree by key"


@dataclass(frozen=True, slots=True)
class ChargedCall:
    """The call that might be charged.

    `topic` is what the caller chose, `by_key` whether by a key in this call. `doubtful` says that
    attestation marks the number so; saying nothing is neutral. `transferred` says that the call
    came back from somebody, so that whoever presses the keys may be an agent, and whether it was
    forwarded to begin with is not known any more.
    """

    number: str | None
    topic: str | None
    by_key: bool
    forwarded: bool = False
    doubtful: bool = False
    transferred: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """What happened between the offer and the consent.

    `price_seconds` is how long the price was heard, `to_its_end` whether without interruption;
    `key` is what was pressed after it.
    """

    price_seconds: float
    to_its_end: bool
    key: str


def refusals(
    line: PaidLine,
    call: ChargedCall,
    caller: Caller | None,
    rules: Rules | None,
    zone: ZoneInfo,
    now: Instant,
) -> tuple[Refusal, ...]:
    """Every reason against offering the line; none: it may be offered.

    `caller` is the record read from the store for this very call, None where that failed.
    """
    if call.number is None:
        return (Refusal.WITHHELD,)
    if caller is None:
        return (Refusal.NOT_READ,)
    found = {
        Refusal.UNRECONCILED: not caller.reconciled,
        Refusal.ANOTHER: caller.number != call.number,
        Refusal.PROCESS: not _at_last_stage(caller, rules, zone, now),
        Refusal.NOTICES: not _both_notices(caller, now),
        Refusal.SHARED: caller.record.shared is not None,
        Refusal.FORWARDED: call.forwarded,
        Refusal.TRANSFERRED: call.transferred,
        Refusal.DOUBTFUL: call.doubtful,
        Refusal.PREFIX: not call.number.startswith(line.valid_for),
        Refusal.CASE: bool(caller.record.cases),
        Refusal.GRANT: any(_may_hold(grant, now) for grant in caller.record.grants),
        Refusal.APPEAL: caller.record.process.appeal is not None,
        Refusal.PROMISE: caller.broken_promise,
        Refusal.NO_TOPIC: not call.topic or not call.by_key,
        Refusal.EXEMPT: call.topic in line.exempt_topics,
        Refusal.UNCONFIRMED: line.method is not Method.TELL and line.carrier_bills_caller is None,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def disagreements(line: PaidLine, agreement: Agreement) -> tuple[Refusal, ...]:
    """Every reason why what happened is no consent; none: the caller agreed."""
    heard = agreement.to_its_end and agreement.price_seconds >= line.price_seconds > 0
    found = {
        Refusal.PRICE: not heard,
        Refusal.NO_CONSENT: not line.consent_key or agreement.key != line.consent_key,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def earlier_consent(line: PaidLine, caller: Caller, now: Instant) -> Consent | None:
    """A consent of an earlier, answered call that still holds: same line, prompt and version.

    It was given after the second notice that is in force: one under a process that was cleared
    since says nothing of this one.
    """
    noticed = caller.record.process.noticed
    if noticed is None:
        return None
    wanted = (line.name, line.price, line.price_version, line.consent_key)
    since = max(noticed.at, now - line.consent_days * _DAY)
    for consent in caller.consents:
        given = (consent.line, consent.prompt, consent.version, consent.key)
        if given == wanted and consent.key and since < consent.at < now:
            return consent
    return None


def dials(line: PaidLine, target: str) -> bool:
    """Whether a Dial() argument would ring the paid line, whichever way its number is written."""
    national = line.told.removeprefix("0") or line.number
    runs = re.findall(r"[0-9]+", re.sub(r"[-.]", "", target))
    return target == line.dial or any(run.endswith(national) for run in runs)


def _at_last_stage(caller: Caller, rules: Rules | None, zone: ZoneInfo, now: Instant) -> bool:
    reached = stage(rules, caller.record, months(caller, zone, now), now)
    return reached is Stage.PAID


def _both_notices(caller: Caller, now: Instant) -> bool:
    process = caller.record.process
    first, second = process.warned, process.noticed
    if first is None or second is None:
        return False
    told = all(each.by.strip() and each.how.strip() for each in (first, second))
    return told and first.at < second.at <= now


def _may_hold(grant: Grant, now: Instant) -> bool:
    """Whether a grant is not over. One that begins later was given on another clock, or just now
    while the caller was asked: it protects him all the same.
    """
    return grant.until is None or now < grant.until
