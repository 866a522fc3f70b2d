"""Telephone numbers: E.164 where they can be one, and when a caller's number may be used at all.

"Possible" is enough: new ranges are in use before any library knows them as valid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import phonenumbers

#: Characters of a number as people and trunks write it; letters are never digits here.
_WRITTEN: Final = re.compile(r"\+?\(?[0-9][0-9 ().-]{1,30}")
_STAR: Final = re.compile(r"[*#][0-9*#]{1,20}")
_FOREIGN: Final = re.compile(r"[^0-9A-Za-z*#+]")
_LONGEST: Final = 32
_WRITTEN_AT_MOST: Final = 34

#: What trunks put where a number is not shown (docs/dialplan.md has the table that was tried).
_NOT_A_NUMBER: Final = frozenset(
    {"", "anonymous", "restricted", "unavailable", "unknown", "asterisk", "private", "withheld"}
)

#: Q.931 presentation of `agi_callingpres`: restricted (32-35) and not available (64-67).
_HIDDEN: Final = frozenset({*range(32, 36), *range(64, 68)})

#: SIP Privacy (RFC 3323, 3325) that asks for the number, or for all that names the caller.
_PRIVATE: Final = frozenset({"id", "user"})


def parse_number(text: str, region: str) -> str | None:
    """E.164 of a number as it was written or signalled, None if it cannot be a number.

    `region` is the country ("IL") in which a number without a country code is read; `+972…`,
    `972…`, `052…`, `52…` and `052-123…` are the same caller.
    """
    bare = text.strip()
    return _parsed(bare, region) if len(bare) <= _WRITTEN_AT_MOST else None


@lru_cache(maxsize=65536)
def _parsed(bare: str, region: str) -> str | None:
    if not _WRITTEN.fullmatch(bare):
        return None
    plan = _plan(region)
    e164 = plan.e164(bare) if plan else None
    return e164 or _by_library(bare, region)


def _by_library(bare: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(bare, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A country's own numbers in digits alone, which need no more of the library than its rules.

    What is not plain (foreign, short, without its prefix, a carrier's) is for the library. What is
    plain comes to the same there, at many times the cost: tests/callers/test_plain_numbers.py.
    """

    plain: re.Pattern[str]
    lengths: frozenset[int]
    code: str

    def e164(self, digits: str) -> str | None:
        """The number in E.164 if it is plain."""
        found = self.plain.fullmatch(digits)
        if found is None or len(found["rest"]) not in self.lengths:
            return None
        return f"+{self.code}{found['rest']}"


@cache
def _plan(region: str) -> _Plan | None:
    """The plan of a country; None where its rules do more than take one prefix away."""
    rules = phonenumbers.PhoneMetadata.metadata_for_region(region)
    known = rules.general_desc if rules else None
    if rules is None or known is None or not _is_plain(rules):
        return None
    code, prefix = rules.country_code, rules.national_prefix
    whole = rf"(?:{known.national_number_pattern})\Z"
    plain = re.compile(
        rf"(?!{rules.international_prefix})"
        rf"(?:\+{code}|(?!{whole}){code}(?={whole})|(?!{whole})(?!{code}){prefix})"
        rf"(?!{prefix})(?P<rest>[1-9][0-9]*)"
    )
    return _Plan(plain, frozenset(known.possible_length), str(code))


def _is_plain(rules: phonenumbers.PhoneMetadata) -> bool:
    """Whether a country is the first with its code, and has one prefix, which is taken away."""
    prefix, code = rules.national_prefix, rules.country_code or 0
    return (
        prefix is not None
        and prefix.isdecimal()
        and prefix == rules.national_prefix_for_parsing
        and rules.international_prefix is not None
        and phonenumbers.region_code_for_country_code(code) == rules.id
    )


def dialled(text: str, region: str) -> str:
    """A number dialled in the one form it is compared in.

    Star codes are taken as they are, before any parsing; what can be E.164 becomes it; the rest
    (short codes, extensions) stays what was dialled, less what no number has: whoever calls may
    choose it.
    """
    bare = text.strip()
    if _STAR.fullmatch(bare):
        return bare
    return parse_number(bare, region) or _FOREIGN.sub("", bare)[:_LONGEST]


def is_no_number(text: str) -> bool:
    """Whether this is what a trunk writes where a number is not shown."""
    return text.strip().lower() in _NOT_A_NUMBER


def is_withheld(text: str, presentation: str, privacy: str) -> bool:
    """Whether the caller does not show his number, however the trunk says so.

    `presentation` is `agi_callingpres` (a number) or CALLERID(num-pres) (words), `privacy` the SIP
    Privacy header. A withheld number often arrives in full, and is not ours to use.
    """
    return is_no_number(text) or _is_hidden(presentation) or _asks_privacy(privacy)


def is_doubtful(attestation: str, verification: str) -> bool:
    """Whether STIR/SHAKEN says that the number may be another's; saying nothing is neutral.

    Attestation C is a gateway that knows nothing of the caller; a signature that fails is a forgery
    or a fault. Either way the number may raise or lower nobody's standing.
    """
    verdict = verification.lower()
    return attestation.strip().upper() == "C" or "fail" in verdict or "mismatch" in verdict


def _is_hidden(presentation: str) -> bool:
    """What cannot be read is no permission."""
    word = presentation.strip().lower()
    if word.isascii() and word.isdecimal():
        return int(word[:9]) in _HIDDEN
    return word != "" and not word.startswith("allowed")


def _asks_privacy(header: str) -> bool:
    return header != "" and any(
        wish.strip().lower() in _PRIVATE for wish in header.replace(",", ";").split(";")
    )
