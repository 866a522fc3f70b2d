"""Who calls: the table of asterisk.md, and the forms in which one number is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.numbers import dialled, is_doubtful, is_withheld, parse_number

MINE = "+972521234567"


@pytest.mark.parametrize(
    "written",
    ["0521234567", "521234567", "972521234567", "+972521234567", "+972-52-123-4567",
     "052 123 4567", "(052) 1234567", " 0521234567 "],
)  # fmt: skip
def test_one_caller_however_the_number_is_written(written: str) -> None:
    assert parse_number(written, "IL") == MINE


@pytest.mark.parametrize(
    "written", ["", "anonymous", "0800FLOWERS", "*611", "611", "12", "+", "++972521234567",
                "+972521234567,1", "٠٥٢١٢٣٤٥٦٧", "0" * 40, "052\n1234567"]
)  # fmt: skip
def test_what_cannot_be_a_number_is_none(written: str) -> None:
    assert parse_number(written, "IL") is None


@pytest.mark.parametrize(
    ("ani", "presentation", "privacy"),
    [
        ("anonymous", "0", ""),  # From: anonymous
        ("0521234567", "32", "id"),  # P-Asserted-Identity with Privacy: id
        ("0521234567", "0", "id"),  # Privacy: id without P-Asserted-Identity
        ("0521234567", "0", "header;user"),
        ("0521234567", "33", ""),  # Remote-Party-ID, privacy=full
        ("unknown", "67", ""),  # no user part
        ("0521234567", "prohib_passed_screen", ""),  # CALLERID(num-pres)
        ("0521234567", "unavailable", ""),
        ("0521234567", "gibberish", ""),  # what cannot be read is no permission
        ("", "0", ""),
        ("asterisk", "0", ""),
        ("Restricted", "0", ""),
    ],
)
def test_a_withheld_number_is_nobodys(ani: str, presentation: str, privacy: str) -> None:
    assert is_withheld(ani, presentation, privacy)


@pytest.mark.parametrize("presentation", ["0", "1", "2", "3", "allowed_not_screened", ""])
@pytest.mark.parametrize("privacy", ["", "none", "session"])
def test_a_shown_number_is_used(presentation: str, privacy: str) -> None:
    assert not is_withheld("0521234567", presentation, privacy)


@pytest.mark.parametrize(
    ("attestation", "verification", "doubtful"),
    [("", "", False), ("A", "passed", False), ("B", "", False), ("C", "", True),
     ("A", "Signature failed", True), ("A", "verification mismatch", True)],
)  # fmt: skip
def test_a_number_nobody_vouches_for_is_doubtful(
    attestation: str, verification: str, doubtful: bool
) -> None:
    assert is_doubtful(attestation, verification) is doubtful


@pytest.mark.parametrize(
    ("written", "compared"),
    [("1800123456", "+9721800123456"), ("+9721800123456", "+9721800123456"), ("*611", "*611"),
     ("100", "100"), ("4005", "4005"), ("12;drop~|", "12drop")],
)  # fmt: skip
def test_dialled_numbers_are_compared_in_one_form(written: str, compared: str) -> None:
    assert dialled(written, "IL") == compared


@given(st.text())
def test_nothing_that_arrives_raises_or_leaves_odd_characters(text: str) -> None:
    parsed = parse_number(text, "IL")
    assert parsed is None or (parsed[0] == "+" and parsed[1:].isascii() and parsed[1:].isdigit())
    shown = dialled(text, "IL")
    assert len(shown) <= 32
    assert all(c.isascii() and (c.isalnum() or c in "*#+") for c in shown)
