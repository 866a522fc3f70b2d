"""A paid line as the policy has it: a number that its caller pays for, and what must be so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from ivr.policy.model import Place, Spoken


class Method(StrEnum):
    """How a caller comes to a paid line, and so who bills him (docs/paid-lines/)."""

    TELL = "tell"
    DIAL = "dial"
    REFER = "refer"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class CarrierBills:
    """Who confirmed that the carrier bills the caller, and when: else the company would pay."""

    confirmed_by: str
    on: date


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A number that its caller pays for, and what must be so before he is sent there.

    `number` is E.164, `told` its digits as they are read out; `dial` what Dial() or Transfer() is
    given (unused where the number is told).
    `price` is the prompt that tells what it costs, `price_seconds` the least that it lasts: played
    for less it was not heard. `price_version` changes with the price; a consent holds for one.
    `consent` is the prompt that asks, `consent_key` the only yes, `tries` how often it is asked.
    `valid_for` are calling prefixes in E.164 for which the price is right. `declined` is what
    somebody hears who does not agree (how to write, how to appeal), `appeal_key` files an appeal,
    `repeat_key` repeats a number told. `consent_days` is how long a consent holds for `redirect`.
    """

    name: str
    number: str
    told: str
    method: Method
    price: str
    price_seconds: int
    price_version: str
    valid_for: tuple[str, ...]
    exempt_topics: frozenset[str]
    declined: Spoken
    place: Place
    consent: str = ""
    consent_key: str = ""
    tries: int = 2
    wait: int = 8
    appeal_key: str = ""
    repeat_key: str = ""
    dial: str = ""
    consent_days: int = 0
    carrier_bills_caller: CarrierBills | None = None
