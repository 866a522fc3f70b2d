"""The model of Asterisk that other tests lean on, against what was seen of a real one."""

from __future__ import annotations

import pytest

from ivr.asterisk.agi_peer import (
    CommandReader,
    encode_request,
    encode_result,
    encode_usage,
    read_mset,
    split_arguments,
    split_words,
)

from .samples import HEADERS, REQUEST


def test_a_request_as_asterisk_sends_it() -> None:
    assert encode_request(HEADERS, ["linkedid=1760000000.1", "system="]) == REQUEST


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  ANSWER ", ["ANSWER"]),
        ("EXEC  MSet\tA=1", ["EXEC", "MSet", "A=1"]),
        ('STREAM FILE "a b" ""', ["STREAM", "FILE", "a b", ""]),
        ('x "a\\"b" "\\\\"', ["x", 'a"b', "\\"]),
        ("a\\ b", ["a b"]),
        ('A"b c"d', ["Ab cd"]),
        ('"open', ["open"]),
        ("a\\", ["a"]),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert split_words(line) == words


@pytest.mark.parametrize(
    ("data", "arguments"),
    [
        ("", []),
        ("a", ["a"]),
        ("a,", ["a", ""]),
        ("a,b", ["a", "b"]),
        ("a\\,b", ["a,b"]),
        ('"a,b"', ["a,b"]),
        ("f(a,b),[c,d]", ["f(a,b)", "[c,d]"]),
        (")a,b", [")a", "b"]),
        ("a(,b", ["a(,b"]),
    ],
)
def test_arguments(data: str, arguments: list[str]) -> None:
    assert split_arguments(data, 99) == arguments


def test_the_last_of_too_many_arguments_is_the_rest_as_it_is() -> None:
    assert split_arguments('a,b\\,",c', 2) == ["a", 'b\\,",c']


def test_an_unbalanced_bracket_swallows_the_variables_that_follow() -> None:
    assert read_mset("A=1,B=x (,IVR_DONE=1") == {"A": "1", "B": "x (,IVR_DONE=1"}
    assert read_mset('A=1,B="x,IVR_DONE=1') == {"A": "1", "B": "x,IVR_DONE=1"}


def test_what_is_no_pair_is_ignored() -> None:
    assert read_mset("A,B=,CHANNEL(language)=he") == {"B": "", "CHANNEL(language)": "he"}


def test_a_line_over_the_buffer_runs_on_as_a_command_of_its_own() -> None:
    reader = CommandReader(line_bytes=8)
    reader.receive(b"NOOP xxxSET\nANS")
    assert [reader.next_line(), reader.next_line(), reader.next_line()] == ["NOOP xxx", "SET", None]
    reader.receive(b"WER\n")
    assert reader.next_line() == "ANSWER"


def test_replies() -> None:
    assert encode_result(1) == b"200 result=1\n"
    assert encode_result("", "(timeout)") == b"200 result= (timeout)\n"
    assert encode_usage("Usage: ANSWER").splitlines()[-1] == b"520 End of proper usage."
