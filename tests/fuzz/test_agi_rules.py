from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from ivr.asterisk.agi import Request
from ivr.asterisk.agi_peer import encode_request
from tests.asterisk.samples import OK, REQUEST, USAGE

from .agi_rules import check_division, check_variables, play

HEADER = b"agi_network_script: route\nagi_arg_1: state=x\n\n"

lines = st.sampled_from(
    [HEADER, OK, USAGE, b"HANGUP\n", b"200 result= (timeout)\n", b"520-x\n", b"\n", b"agi_x: 1\n"]
)
streams = st.lists(lines | st.binary(max_size=40), max_size=8).map(b"".join)
names = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}(\([a-z]{1,8}\))?", fullmatch=True)
values = st.text(max_size=30) | st.text(alphabet='\\"(),[] =$', max_size=12)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8).map(
    lambda text: text.strip(" ")
)


@given(streams | streams.map(HEADER.__add__), st.lists(st.integers(0, 10_000), max_size=5))
@example(HEADER + USAGE + b"HANGUP\n", [])
@example(REQUEST, [])
def test_any_division_of_the_bytes_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    check_division(data, cuts)


@given(st.dictionaries(names, values, min_size=1, max_size=6))
@example({"A": "\n"})
@example({"A": "\\", "B": "1"})
@example({"A": '("', "B": "1"})
def test_no_value_ends_a_line_or_swallows_the_variables_behind_it(values: dict[str, str]) -> None:
    sent = check_variables(values)
    refusable = any(set(value) & set("\r\n\0") for value in values.values())
    surrogate = any("\ud800" <= char <= "\udfff" for value in values.values() for char in value)
    assert sent is not (refusable or surrogate)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=3))
def test_no_name_does_either(values: dict[str, str]) -> None:
    check_variables(values)


@given(
    st.dictionaries(names.map(lambda name: f"agi_{name.lower()}"), texts, min_size=1, max_size=3)
)
def test_a_request_is_read_as_it_was_sent(headers: dict[str, str]) -> None:
    [request] = play([encode_request(headers, [])]).events
    assert isinstance(request, Request)
    assert dict(request.headers) == headers
