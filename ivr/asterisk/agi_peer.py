"""Asterisk's side of FastAGI, as Asterisk 22 does it: for `ivr call`, and to test the engine.

How a line is split into words, and an application's argument into its parts, follows what Asterisk
does with each character (res_agi.c and app.c of 22), flaws included: that is what a value has to
survive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: What Asterisk reads of a command line, without the NUL that ends its buffer (22.6 and newer).
LINE_BYTES: Final = 8191
#: `MSet` takes this many variables.
MSET_VARIABLES: Final = 99

HANGUP: Final = b"HANGUP\n"
UNKNOWN_COMMAND: Final = b"510 Invalid or unknown command\n"
DEAD_CHANNEL: Final = b"511 Command Not Permitted on a dead channel or intercept routine\n"


def encode_request(headers: Mapping[str, str], arguments: Iterable[str]) -> bytes:
    """The header: each line as `name: value`, then the arguments as `agi_arg_1`, …"""
    lines = [f"{name}: {value}\n" for name, value in headers.items()]
    lines += [f"agi_arg_{place}: {value}\n" for place, value in enumerate(arguments, 1)]
    return "".join([*lines, "\n"]).encode()


def encode_result(result: int | str, data: str = "") -> bytes:
    """A reply of 200."""
    return f"200 result={result} {data}".rstrip(" ").encode() + b"\n"


def encode_usage(text: str) -> bytes:
    """The answer to a command that is misused, in as many lines as its usage has."""
    return (
        f"520-Invalid command syntax.  Proper usage follows:\n{text}\n520 End of proper usage.\n"
    ).encode()


class CommandReader:
    """Bytes in, command lines out; the tail of a line over Asterisk's buffer is a line too."""

    def __init__(self, line_bytes: int = LINE_BYTES) -> None:
        self._line_bytes = line_bytes
        self._buffer = b""

    def receive(self, data: bytes) -> None:
        """Take what came from the network."""
        self._buffer += data

    def next_line(self) -> str | None:
        """The next command line, up to a NUL if it holds one; None until more bytes come."""
        end = self._buffer.find(b"\n", 0, self._line_bytes) + 1
        if not end and len(self._buffer) < self._line_bytes:
            return None
        end = end or self._line_bytes
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line.rstrip(b"\n").partition(b"\0")[0].decode("utf-8", "replace")


def split_words(line: str) -> list[str]:
    """The words of a command line: a backslash takes the next character as it is, quotes join."""
    words: list[str] = []
    quoted = escaped = False
    between = True
    for character in line:
        if character == "\\" and not escaped:
            escaped = True
            continue
        if character in " \t" and not (quoted or escaped):
            between = True
            continue
        if between:
            words.append("")
            between = False
        if character == '"' and not escaped:
            quoted = not quoted
        else:
            words[-1] += character
        escaped = False
    return words


def split_arguments(data: str, limit: int, delimiter: str = ",") -> list[str]:
    """An application's arguments: quotes vanish, quotes and brackets hide delimiters.

    A backslash takes the next character as it is. Of `limit` parts the last is the rest, unread.
    """
    parts = [""]
    depth = {"(": 0, "[": 0}
    quoted = False
    characters = iter(range(len(data)))
    for place in characters:
        character = data[place]
        if len(parts) == limit:
            parts[-1] = data[place:]
            break
        if character == "\\":
            parts[-1] += data[place + 1 : place + 2]
            next(characters, None)
        elif character == '"':
            quoted = not quoted
        elif character == delimiter and not (quoted or any(depth.values())):
            parts.append("")
        else:
            _count_brackets(depth, character)
            parts[-1] += character
    return parts if data else []


def _count_brackets(depth: dict[str, int], character: str) -> None:
    if character in depth:
        depth[character] += 1
    elif character in ")]":
        opening = "(" if character == ")" else "["
        depth[opening] = max(0, depth[opening] - 1)


def read_mset(data: str) -> dict[str, str]:
    """The variables that `MSet` sets, in their order; what has no `=` is ignored."""
    pairs = [split_arguments(part, 2, "=") for part in split_arguments(data, MSET_VARIABLES)]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
