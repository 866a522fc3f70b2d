"""Which numbers nobody is sent to, and which number a Dial() argument calls."""

from __future__ import annotations

import pytest

from ivr.policy.forbidden import EMERGENCY, numbers_in, why_not


@pytest.mark.parametrize("number", sorted(EMERGENCY))
@pytest.mark.parametrize("region", ["IL", "US", "DE"])
def test_an_emergency_number_is_one_everywhere(number: str, region: str) -> None:
    assert why_not(number, region, ()) == "an emergency number"
    assert why_not(f"9{number}", region, ()) == "an emergency number", "out of a PBX"


@pytest.mark.parametrize(
    ("region", "number"),
    [
        ("IL", "1900123456"),
        ("IL", "+9721902123456"),
        ("IL", "1956123456"),
        ("IL", "1957123456"),
        ("IL", "91900123456"),
        ("IL", "0019005551234"),
        ("US", "9005551234"),
        ("DE", "09001234567"),
        ("GB", "09091234567"),
        ("IL", "+979112345678"),
    ],
)
def test_a_premium_number_of_any_country(region: str, number: str) -> None:
    assert why_not(number, region, ()) == "a premium number"


@pytest.mark.parametrize(
    "number",
    ["0521234567", "031001001", "+97297654321", "1700123456", "*611", "2000", "", "+19175551234",
     "0019175551234", "00447712345678"],
)  # fmt: skip
def test_an_ordinary_number_is_called(number: str) -> None:
    assert why_not(number, "IL", ()) is None


def test_a_policy_has_prefixes_of_its_own() -> None:
    assert why_not("1700123456", "IL", ("+9721700",)) == "a premium number"
    assert why_not("1700123456", "IL", ("+9721701",)) is None


@pytest.mark.parametrize(
    ("dial", "number"),
    [
        ("PJSIP/100", ""),
        ("PJSIP/anna", ""),
        ("PJSIP/100@trunk", "100"),
        ("PJSIP/052-123-4567@trunk", "0521234567"),
        ("PJSIP/+972521234567@trunk", "+972521234567"),
        ("PJSIP/trunk/sip:100@host:5060", "100"),
        ("PJSIP/0521234567", "0521234567"),
        ("Local/100", "100"),
        ("Local/100@agents/n", "100"),
        ("Local/100/n", "100"),
        ("IAX2/peer@host/100", "100"),
        ("PJSIP/trunk2/sip:100@host2", "100"),
        ("PJSIP/trunk112", ""),
        ("DAHDI/g1/100", "100"),
        ("sip:100@host", "100"),
        ("sip:+972521234567@host", "+972521234567"),
    ],
)
def test_the_number_that_a_dial_string_calls(dial: str, number: str) -> None:
    assert numbers_in(dial) == ((number,) if number else ())
