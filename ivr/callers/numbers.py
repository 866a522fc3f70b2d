"""Telephone numbers: E.164 where they can be one, and when a caller's number may be used at all.

"Possible" is enough: new ranges are in use before any library knows them as valid.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers

#: Characters of a number as people and trunks write it; letters are never digits here.
_WRITTEN: Final = re.compile(r"\+?\(?[0-9][0-9 ().-]{1,30}")
_STAR: Final = re.compile(r"[*#][0-9*#]{1,20}")
_FOREIGN: Final = re.compile(r"[^0-9A-Za-z*#+]")
_LONGEST: Final = 32

#: What trunks put where a number is not shown (docs/dialplan.md has the table that was tried).
_NOT_A_NUMBER: Final = frozenset(
    {"", "anonymous", "restricted", "unavailable", "unknown", "asterisk", "private", "withheld"}
)

#: Q.931 presentation of `agi_callingpres`: restricted (32-35) and not available (64-67).
_HIDDEN: Final = frozenset({*range(32, 36), *range(64, 68)})


@lru_cache(maxsize=65536)
def parse_number(text: str, region: str) -> str | None:
    """E.164 of a number as it was written or signalled, None if it cannot be a number.

    `region` is the country ("IL") in which a number without a country code is read; `+972…`,
    `972…`, `052…`, `52…` and `052-123…` are the same caller.
    """
    if not _WRITTEN.fullmatch(text.strip()):
        return None
    try:
        parsed = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


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


def is_withheld(text: str, presentation: str, privacy: str) -> bool:
    """Whether the caller does not show his number, however the trunk says so.

    `presentation` is `agi_callingpres` (a number) or CALLERID(num-pres) (words), `privacy` the SIP
    Privacy header. A withheld number often arrives in full, and is not ours to use.
    """
    return (
        text.strip().lower() in _NOT_A_NUMBER or _is_hidden(presentation) or _asks_privacy(privacy)
    )


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
    wishes = {wish.strip().lower() for wish in re.split("[;,]", header)}
    return bool(wishes & {"id", "user"})
