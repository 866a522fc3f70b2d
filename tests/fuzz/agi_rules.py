"""What must hold for any bytes and any values: asked by hypothesis, and by atheris (`targets`)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ivr.asterisk.agi import AgiConnection, Event, PeerError, State
from ivr.asterisk.agi_commands import CommandError, channel_status, encode, mset
from ivr.asterisk.agi_peer import CommandReader, read_mset, split_words
from ivr.asterisk.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Small, so that short inputs reach them.
LIMITS = Limits(header_lines=6, header_bytes=200, reply_bytes=120, line_bytes=2047)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a connection went: what happened, where it ended, whether the other side was refused."""

    events: Sequence[Event]
    state: State
    refused: bool


def play(chunks: Iterable[bytes]) -> Outcome:
    """Feed a connection, giving a command whenever Asterisk waits for one."""
    agi = AgiConnection(LIMITS)
    events: list[Event] = []
    try:
        for chunk in chunks:
            agi.receive(chunk)
            while (event := agi.next_event()) is not None:
                events.append(event)
                if agi.state is State.READY:
                    agi.send(channel_status())
    except PeerError:
        return Outcome(events, agi.state, refused=True)
    return Outcome(events, agi.state, refused=False)


def check_division(data: bytes, cuts: Iterable[int]) -> None:
    """However the bytes come in, the same happens; nothing but `PeerError` is raised."""
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(bounds)]
    whole = play([data, b""] if data else [b""])
    assert play([*filter(None, pieces), b""]) == whole
    assert play([*(data[place : place + 1] for place in range(len(data))), b""]) == whole


def check_variables(variables: Mapping[str, str]) -> bool:
    """A command is refused, or is one line that sets just these values. Whether it was sent."""
    try:
        line = encode(mset(variables), LIMITS.line_bytes)
    except CommandError:
        return False
    assert len(line) <= LIMITS.line_bytes
    reader = CommandReader(LIMITS.line_bytes)
    reader.receive(line)
    words = split_words(reader.next_line() or "")
    assert reader.next_line() is None
    assert words[:2] == ["EXEC", "MSet"]
    assert len(words) == 3
    assert list(read_mset(words[2]).items()) == list(variables.items())
    return True
