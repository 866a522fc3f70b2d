"""A header is read in few passes; read here a line at a time, any bytes come to the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ivr.asterisk.agi import AgiConnection, PeerError, Request
from ivr.asterisk.limits import Limits, Refusal

from .samples import REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable

Read = tuple[dict[str, str], dict[str, str]]


class RefusedError(Exception):
    """What is wrong with the first line that is wrong."""


def plainly(header: bytes) -> Read:
    """The headers and the arguments, a line at a time."""
    headers: dict[str, str] = {}
    arguments: dict[str, str] = {}
    for line in header.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(":")
        if not colon or not name.startswith("agi_"):
            raise RefusedError(Refusal.GARBAGE, f"header line {len(headers) + 1} is no agi_ line")
        keep(headers, name, value.strip(" \r"))
    for name, value in headers.items():
        key, equals, rest = value.partition("=")
        if name.startswith("agi_arg_") and equals:
            keep(arguments, key.strip(" "), rest)
    return headers, arguments


def keep(values: dict[str, str], name: str, value: str) -> None:
    if name in values:
        raise RefusedError(Refusal.DOUBLED, f"{name} came twice")
    values[name] = value


def read(header: bytes) -> Read:
    """What the engine reads."""
    agi = AgiConnection(Limits())
    agi.receive(header + b"\n\n")
    try:
        request = agi.next_event()
    except PeerError as error:
        raise RefusedError(error.reason, str(error)) from error
    assert isinstance(request, Request)
    assert agi.next_event() is None
    return dict(request.headers), dict(request.arguments)


names = st.sampled_from(
    ["agi_a", "agi_b", "agi_arg_1", "agi_arg_2", "agi_arg_", "agi_", "agi", "x", ""]
)
values = st.text(st.sampled_from("ab= :\r\0\t\x0b\u2028\u05d0"), max_size=6)
texts = st.tuples(names, st.sampled_from([": ", ":", "", " :", "::"]), values).map("".join)
lines = texts.map(str.encode) | st.binary(max_size=8)
headers = st.lists(lines, max_size=7).map(b"\n".join)
arguments = st.tuples(st.sampled_from(["a", "b", " a", "c "]), st.sampled_from("=: "), values)


def check(data: bytes) -> None:
    """What stands before the first blank line is read, or refused, as line by line."""
    [header, _] = re.split(rb"\n\r?\n", data + b"\n\n", maxsplit=1)
    assert outcome(read, header) == outcome(plainly, header)


def outcome(reading: Callable[[bytes], Read], header: bytes) -> tuple[object, ...]:
    """What was read, in order; or why it was refused."""
    try:
        headers, arguments = reading(header)
    except RefusedError as error:
        return error.args
    return list(headers.items()), list(arguments.items())


@given(headers)
def test_any_header(header: bytes) -> None:
    check(b"agi_first: 1\n" + header)


@given(st.lists(arguments.map("".join), max_size=5))
def test_any_arguments(arguments: list[str]) -> None:
    lines = [f"agi_arg_{number}: {text}" for number, text in enumerate(arguments)]
    check("\n".join(["agi_first: 1", *lines]).encode())


@given(st.integers(4, len(REQUEST)), st.integers(0, 2), st.binary(max_size=2))
def test_a_damaged_header_of_asterisk(at: int, cut: int, put: bytes) -> None:
    check(REQUEST[:at] + put + REQUEST[at + cut :])
