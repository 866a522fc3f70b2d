"""Numbers by their aliases: followed by whoever reads, and known to nobody without the key."""

from __future__ import annotations

import io
import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.logs import LogOptions, make_logger
from ivr.logs.decisions.form import as_json
from ivr.logs.decisions.lines import head_of, line_of, unpacked
from ivr.logs.masking import NUMBER_KEYS, TEXT_KEYS, masked
from ivr.tools.explain.kept import Filter

from .decisions.samples import NOON, decided, policy

KEY = b"0123456789abcdef0123456789abcdef"
ANI = "+972521234567"
ALIAS = masked(ANI, KEY)
ZONE = policy().zone
NUMBERS = st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True)


def logged(**values: Any) -> str:
    stream = io.StringIO()
    make_logger(LogOptions(mask_key=KEY), stream, time.time).info("call", **values)
    return stream.getvalue()


def test_an_alias_is_hmac_sha_256_of_the_digits() -> None:
    # printf 972521234567 | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    assert (
        "+972#"
        + "989fcd99dcd14b48".translate(str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst"))
        == ALIAS
    )


@pytest.mark.parametrize("text", ["972521234567", "+972-52-123-4567", "+972 521234567"])
def test_a_number_has_one_alias_however_it_is_written(text: str) -> None:
    assert masked(text, KEY).partition("#")[2] == ALIAS.partition("#")[2]


def test_another_key_makes_another_alias_and_hides_the_same() -> None:
    assert masked(ANI, KEY[::-1]) != ALIAS
    assert masked(None, KEY) == masked("withheld", KEY) == "withheld"
    assert masked("*611", KEY) == "******"


@given(NUMBERS)
def test_an_alias_tells_nothing_but_the_country(number: str) -> None:
    assert re.fullmatch(r"\+\d{0,3}#[bcdfghjklmnpqrst]{16}", masked(number, KEY))


@given(NUMBERS, st.sampled_from(sorted(NUMBER_KEYS)), st.sampled_from(sorted(TEXT_KEYS)))
def test_no_line_has_the_number_and_all_of_it_has_one_alias(
    number: str, name: str, text: str
) -> None:
    line = logged(**{
        name: number, text: f"for {number}, or {number[1:]}", "trace": [f"prefix {number}"],
        "deep": {"of": (number,)},
    })  # fmt: skip
    assert number[-7:] not in line
    assert line.count(masked(number, KEY)) == 5


def test_what_looks_like_a_number_has_its_alias_in_text_of_others() -> None:
    assert ALIAS in logged(exception=f"ValueError: no {ANI} here")


def test_options_do_not_tell_the_key() -> None:
    assert "0123456789abcdef" not in repr(LogOptions(mask_key=KEY))
    assert "0123456789abcdef" not in repr(Filter(key=KEY))


def test_a_kept_decision_has_the_alias_and_is_found_by_the_number() -> None:
    form = as_json(decided(), NOON, ZONE, mask=False)
    line = line_of(form, mask=True, key=KEY)
    assert b"521234567" not in line
    head = head_of(line)
    assert head is not None
    assert unpacked(head) == as_json(decided(), NOON, ZONE, mask=True, key=KEY)
    assert "521234567" not in json.dumps(unpacked(head))
    assert head["number"] == ALIAS
    assert Filter(ANI, key=KEY).fits(head)
    assert not Filter(ANI).fits(head)
    assert not Filter("+972521234568", key=KEY).fits(head)
