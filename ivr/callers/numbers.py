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


def calling(text: str, presentation: str, privacy: str, region: str) -> str | None:
    """The caller's number in E.164, or None where it is withheld or cannot be used.

    `presentation` is `agi_callingpres` (a number) or CALLERID(num-pres) (words), `privacy` the SIP
    Privacy header. A withheld number often arrives in full, and is not ours to use: it is dropped
    here, before anything else sees it.
    """
    if is_hidden(presentation) or _asks_privacy(privacy) or text.strip().lower() in _NOT_A_NUMBER:
        return None
    return parse_number(text, region)


def is_hidden(presentation: str) -> bool:
    """Whether a presentation says that the number is not to be shown; what cannot be read does."""
    word = presentation.strip().lower()
    if word.isdecimal():
        return int(word) in _HIDDEN
    return word != "" and not word.startswith("allowed")


def _asks_privacy(header: str) -> bool:
    wishes = {wish.strip().lower() for wish in re.split("[;,]", header)}
    return bool(wishes & {"id", "user"})
