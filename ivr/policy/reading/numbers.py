"""Numbers as operators write them: those dialled, and what callers' numbers begin with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import phonenumbers

from ivr.callers.numbers import dialled, parse_number
from ivr.policy.reading.values import shown, text

if TYPE_CHECKING:
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node

_STAR: Final = re.compile(r"\*[0-9]{1,15}")
_DIGITS: Final = re.compile(r"\+?[0-9][0-9 ().-]{0,30}")
_PREFIX: Final = re.compile(r"\+?[0-9]{1,15}")
_FOREIGN: Final = re.compile(r"[ ().-]")


def read_dialled(node: Node, region: str, report: Report) -> str | None:
    """A number dialled, in the form in which the engine compares it."""
    written = text(node, "the number", report)
    if written is None:
        return None
    if _STAR.fullmatch(written) or _DIGITS.fullmatch(written):
        return dialled(written, region)
    if "*" in written or "#" in written:
        wrong = f"{shown(written)} is no star code"
        report.add(node.place, wrong, 'write * first and digits after it: "*611"')
    else:
        wrong = f"{shown(written)} is no number"
        report.add(node.place, wrong, 'write its digits: "1800123456"')
    return None


def read_prefix(node: Node, region: str, report: Report) -> str | None:
    """What a caller's number begins with, in E.164: `052` in Israel is `+97252`."""
    written = text(node, "the prefix", report)
    if written is None:
        return None
    bare = _FOREIGN.sub("", written)
    if not _PREFIX.fullmatch(bare):
        report.add(node.place, f"{shown(written)} is no prefix", f"write {_examples(region)}")
        return None
    if bare.startswith("+"):
        return bare
    trunk = _trunk(region)
    abroad = bare.startswith("00")  # dialled that way, but never signalled so
    if abroad or bare == trunk or not bare.startswith(trunk):
        wrong = f"the prefix {shown(written)} is of no country"
        report.add(node.place, wrong, f"write {_examples(region)}")
        return None
    return f"+{phonenumbers.country_code_for_region(region)}{bare.removeprefix(trunk)}"


def read_number_prefix(node: Node, region: str, report: Report) -> str | None:
    """What numbers of a kind begin with, in E.164: `1-956` in Israel is `+9721956`."""
    written = text(node, "the prefix", report)
    if written is None:
        return None
    bare = _FOREIGN.sub("", written)
    if not _PREFIX.fullmatch(bare):
        report.add(node.place, f"{shown(written)} is no prefix", f"write {_examples(region)}")
        return None
    if bare.startswith("+"):
        return bare
    return f"+{phonenumbers.country_code_for_region(region)}{bare.removeprefix(_trunk(region))}"


def read_subscriber(node: Node, what: str, region: str, report: Report) -> str | None:
    """A number that can be called from anywhere in the region's country, in E.164."""
    written = text(node, what, report)
    if written is None:
        return None
    number = parse_number(written, region)
    if number is None:
        report.add(node.place, f"{what} {shown(written)} is no number", 'write "0521234567"')
        return None
    code = f"+{phonenumbers.country_code_for_region(region)}"
    if not number.startswith(code):
        wrong = f"{what} {shown(written)} is of another country"
        report.add(node.place, wrong, f"write one of {code}: nobody can tell what it costs abroad")
        return None
    return number


def told(number: str) -> str:
    """The digits of an E.164 number as they are read out and dialled within its country."""
    parsed = phonenumbers.parse(number)
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(char for char in written if char.isdecimal())


def _trunk(region: str) -> str:
    """What numbers within the country begin with (0 in most), "" where there is no such thing."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return (metadata.national_prefix if metadata else None) or ""


def _examples(region: str) -> str:
    code = phonenumbers.country_code_for_region(region)
    return f'digits such as "+{code}52" or "{_trunk(region)}52"'
