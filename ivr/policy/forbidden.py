"""Numbers that the engine neither calls nor sends anybody to, whatever a policy says. Pure.

- Emergency numbers: a call that was sent there by mistake keeps a line from somebody in need.
- Premium numbers: nobody is charged but by a paid line, whose price is told before.

The company's own entrypoints, which would be a loop, the policy knows itself.

Sources: emergency and premium numbers of each country are libphonenumber's (`phonenumbers`), which
follows the ITU and the national plans. What is added here: `EMERGENCY`, because a trunk may take
any country's emergency number for its own; and in Israel all of 1-9, of which libphonenumber knows
only what has been assigned (1-900 to 1-902, 1-919, 1-99x), and not the audiotext in 1-956, 1-957.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import phonenumbers
from phonenumbers import PhoneNumberType

from ivr.callers.numbers import parse_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

#: Police, ambulance, fire and the like: of Israel (100 to 108, 110, 118), of GSM handsets anywhere
#: (3GPP TS 22.101, 10.1: 112 and 911, and 000, 08, 110, 118, 119 and 999 without a SIM).
EMERGENCY: Final = frozenset(
    {
        *("100", "101", "102", "103", "104", "105", "106", "107", "108", "110", "118"),
        *("112", "911", "000", "08", "119", "999"),
    }
)

#: By region: numbers in E.164 beside those that libphonenumber knows.
PREMIUM: Final = {"IL": re.compile(r"\+97219[0-9]{8}")}

#: Access to another network that people write before a number: 9, 0 or 00 to get out of a PBX.
_OUT: Final = re.compile(r"[09]{0,3}")
_SCHEME: Final = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
_WRITTEN: Final = re.compile(r"[0-9*#+.-]+")
_FOREIGN: Final = re.compile(r"[^0-9*#+]")
#: As short as a telephone on a desk may be called: `PJSIP/100` rings it, and dials no number.
_EXTENSION: Final = 6


def numbers_in(dial: str) -> tuple[str, ...]:
    """The numbers that a Dial() or Transfer() argument calls; none if it rings a telephone.

    `PJSIP/100` is the telephone called 100; `PJSIP/100@trunk`, `PJSIP/trunk/sip:100@host`,
    `IAX2/peer@host/100`, `Local/100@agents/n` and `sip:100@host` call the number 100.
    """
    technology, slash, rest = dial.partition("/")
    if not slash:
        technology, rest = "", dial
    calls = "@" in rest or "/" in rest or technology.lower() in ("", "local")
    found = [_number(part) for part in rest.split("/")]
    return tuple(number for number in found if number and (calls or len(number) > _EXTENSION))


def _number(part: str) -> str:
    """The digits of a user before an @, or of a part that is nothing but a number."""
    user, at, _ = _SCHEME.sub("", part).partition("@")
    return _FOREIGN.sub("", user) if at or _WRITTEN.fullmatch(user) else ""


def why_not(number: str, region: str, premium: Collection[str]) -> str | None:
    """Why a number is called by nobody here, None if it may be.

    `number` is as it is dialled in `region`; `premium` are prefixes in E.164 of the policy's own.
    """
    for form in _forms(number):
        if form in EMERGENCY or phonenumbers.is_emergency_number(form, region):
            return "an emergency number"
        if _is_premium(form, region, premium):
            return "a premium number"
    return None


def _forms(number: str) -> Iterator[str]:
    """The number, and what is left of it behind what may get it out of a PBX."""
    out = _OUT.match(number)
    for length in range((out.end() if out else 0) + 1):
        yield number[length:]


def _is_premium(number: str, region: str, premium: Collection[str]) -> bool:
    e164 = parse_number(number, region)
    if e164 is None:
        return False
    own = PREMIUM.get(region)
    if e164.startswith(tuple(premium)) or (own is not None and own.fullmatch(e164)):
        return True
    kind = phonenumbers.number_type(phonenumbers.parse(e164))
    return kind == PhoneNumberType.PREMIUM_RATE
