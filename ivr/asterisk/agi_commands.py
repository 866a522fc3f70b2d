"""The commands that the engine gives to Asterisk, and how they are written on the wire.

Two readers stand between a value and its variable, and each is served by its own quoting: Asterisk
splits the line into words (quotes, backslashes), and the application splits its one argument at the
commas (quotes, backslashes, and brackets of both kinds, which hide commas). `agi_peer` reads as
they do. That every value arrives as it was given was tried on Asterisk 22.10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: MSet takes 99 variables, but reads the 99th raw: its backslashes would stay in the value.
MAX_VARIABLES: Final = 98

_SPECIAL: Final = '\\",()[]'  # to an application
_ESCAPED: Final = str.maketrans({special: f"\\{special}" for special in _SPECIAL})
_FORBIDDEN: Final = "\r\n\0"
_APPLICATION: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9_,.-]*\))?", re.ASCII)


class AgiError(Exception):
    """Something that FastAGI does not allow; the subclass says whose fault it is."""


class CommandError(AgiError):
    """The engine's fault: it asked for what cannot be sent. Nothing was sent, nothing changed."""


@dataclass(frozen=True, slots=True)
class Command:
    """One AGI command: its words, and the arguments that follow them, not yet quoted."""

    words: str
    arguments: tuple[str, ...] = ()


def mset(variables: Mapping[str, str]) -> Command:
    """Set channel variables, and functions such as `CHANNEL(language)`, in the order given.

    A value arrives as it is, whatever it is made of; raises `CommandError` for a name that is none,
    for too many variables, and for none.
    """
    if not 0 < len(variables) <= MAX_VARIABLES:
        raise CommandError(f"MSet takes 1 to {MAX_VARIABLES} variables, not {len(variables)}")
    values = tuple(variables.values())
    if _is_special("".join(values)):
        values = tuple(map(_for_application, values))
    return Command("EXEC MSet", (_assignments(tuple(variables)) % values,))


def exec_app(application: str, *arguments: str) -> Command:
    """Run a dialplan application. Its reply says -2 if Asterisk has no such application."""
    if not _APPLICATION.fullmatch(application):
        raise CommandError(f"{application!r} is no name of a dialplan application")
    if not arguments:
        return Command(f"EXEC {application}")
    return Command(f"EXEC {application}", (",".join(map(_for_application, arguments)),))


def get_data(file: str, timeout_ms: int, max_digits: int) -> Command:
    """Play one file and collect keys; the first key ends the file.

    `timeout_ms` counts from the end of the file and between keys. The result is the keys, data
    `(timeout)` if they were fewer than asked for, or -1: a hang-up **or a missing file**, which
    only `channel_status` tells apart. `a&b`, as `Playback` takes it, is a missing file (tried).
    """
    return Command("GET DATA", (file, str(timeout_ms), str(max_digits)))


def stream_file(file: str, escape_digits: str = "") -> Command:
    """Play one file; a key among `escape_digits` ends it (`Reply.key`), others are dropped.

    A result of -1 is as doubtful as in `get_data`, and `a&b` as missing.
    """
    return Command("STREAM FILE", (file, escape_digits))


def channel_status() -> Command:
    """The state of the channel: 6 is up, 4 ringing; no reply of 200 when it is gone."""
    return Command("CHANNEL STATUS")


def encode(command: Command, max_bytes: int) -> bytes:
    """The command as one line, to be sent in one write; raises `CommandError` if it cannot be.

    Asterisk cuts a line that is longer than its buffer and runs the rest as a command of its own,
    and so would it a value with a line break: both are refused, never shortened or repaired.
    """
    line = " ".join((command.words, *map(_quoted, command.arguments)))
    if any(end in line for end in _FORBIDDEN):
        raise CommandError(f"{command.words}: a value holds CR, LF or NUL, which end a line")
    try:
        encoded = line.encode() + b"\n"
    except UnicodeEncodeError as error:
        raise CommandError(f"{command.words}: a value is no text: {error.reason}") from error
    if len(encoded) > max_bytes:
        raise CommandError(f"{command.words}: {len(encoded)} bytes, Asterisk reads {max_bytes}")
    return encoded


def _quoted(word: str) -> str:
    word = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{word}"'


def _is_special(text: str) -> bool:
    """Whether anything in it must be escaped for an application; most texts are plain."""
    return any(special in text for special in _SPECIAL)


def _for_application(argument: str) -> str:
    return argument.translate(_ESCAPED)


@lru_cache(maxsize=32)
def _assignments(names: tuple[str, ...]) -> str:
    """`A=%s,B=%s` of names that are some. The engine sets few lists of names, over and over."""
    for name in names:
        if not _VARIABLE.fullmatch(name):
            raise CommandError(f"{name!r} is no name of a channel variable or function")
    return ",".join(f"{name}=%s" for name in names)
