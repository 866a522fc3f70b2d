"""Plain numbers are read without the library, and come to what the library says of them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ivr.callers.numbers import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterator

#: One prefix and several lengths, a prefix of two digits, one that a country code begins with, a
#: code that many countries share, and rules that do more than take a prefix away.
REGIONS = ("IL", "DE", "GB", "FR", "HU", "RU", "US", "CA", "AT", "FI", "MA", "IT", "ES", "BR", "AR")
#: A number that begins so is read in its own way, if it is one at all.
BEGINNINGS = ("", "+", "00", "011", "+972", "972", "+49", "+1", "+7", "+36", "+44", "+390", "+00")

digits = st.text("0123456789", min_size=1, max_size=14)


def by_library(written: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@given(st.sampled_from(REGIONS), st.sampled_from(BEGINNINGS), digits)
def test_any_digits(region: str, beginning: str, rest: str) -> None:
    written = beginning + rest
    assume(len(written) > 2)
    assert parse_number(written, region) == by_library(written, region)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_numbers_of_each_country(region: str) -> None:
    for written in numbers(region, Random(region)):
        assert (written, parse_number(written, region)) == (written, by_library(written, region))


def numbers(region: str, random: Random) -> Iterator[str]:
    """Numbers of the lengths that a country has, and near them, in the ways they are signalled."""
    rules = phonenumbers.PhoneMetadata.metadata_for_region(region)
    assert rules is not None
    assert rules.general_desc is not None
    code, prefix = str(rules.country_code), rules.national_prefix or ""
    ways = (prefix, f"+{code}", code, "", f"+{code}{prefix}", prefix * 2, "0", "00")
    possible = rules.general_desc.possible_length
    for length in range(max(3, possible[0] - 1), possible[-1] + 2):
        anyhow = "".join(random.choices("0123456789", k=length))
        for rest in (anyhow, (prefix + anyhow)[:length], (code + anyhow)[:length], "0" * length):
            yield from (way + rest for way in ways)
    example = phonenumbers.example_number(region)
    assert example is not None
    yield from (f"{way}{example.national_number}" for way in ways)
