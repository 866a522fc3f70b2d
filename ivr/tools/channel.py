"""A channel that `ivr call` pretends to have: it does what Asterisk does with each AGI command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.asterisk.agi_peer import (
    HANGUP,
    UNKNOWN_COMMAND,
    encode_result,
    read_mset,
    split_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_GONE: Final = "-1"
_RINGING: Final = "4"
_UP: Final = "6"
_SAMPLES_PLAYED: Final = 8000  # each prompt lasts a second; Asterisk's sounds have 8,000 samples


@dataclass(frozen=True, slots=True)
class Turn:
    """One command: how it read, what Asterisk answers, and what happens, in a person's words.

    `hung_up` tells that the caller went while it was carried out.
    """

    command: str
    told: str
    reply: bytes
    hung_up: bool = False


class Channel:
    """A caller with `keys` to press, one entry for each time he is asked.

    An empty entry, or none left, is a caller who waits until the time is over; nobody really waits.
    After `hangup_after` commands the caller hangs up; None stays on the line.
    """

    def __init__(self, keys: Iterable[str] = (), hangup_after: int | None = None) -> None:
        self._keys = list(keys)
        self._commands_left = hangup_after
        self._is_up = False
        self.variables: dict[str, str] = {}

    @property
    def is_gone(self) -> bool:
        """Whether the caller hangs up now."""
        return self._commands_left == 0

    def carry_out(self, line: str) -> Turn:
        """Do what a command line says."""
        if self.is_gone:
            return Turn(line, "the caller hangs up", encode_result(_GONE) + HANGUP, hung_up=True)
        if self._commands_left is not None:
            self._commands_left -= 1
        told, reply = self._do(split_words(line))
        return Turn(line, told, reply)

    def _do(self, words: list[str]) -> tuple[str, bytes]:
        match [word.upper() for word in words[:2]]:
            case ["EXEC", "MSET"]:
                return self._mset(words[2:])
            case ["EXEC", _]:
                return self._exec(*words[1:])
            case ["ANSWER", *_]:
                return self._exec("Answer")
            case ["GET", "DATA"]:
                return self._get_data(*words[2:])
            case ["STREAM", "FILE"]:
                heard = " ".join(words[2:3])
                return f"hears {heard}", encode_result(0, f"endpos={_SAMPLES_PLAYED}")
            case ["CHANNEL", "STATUS"]:
                return "is on the line", encode_result(_UP if self._is_up else _RINGING)
        return "Asterisk does not know this command", UNKNOWN_COMMAND

    def _mset(self, arguments: list[str]) -> tuple[str, bytes]:
        variables = read_mset(" ".join(arguments))
        self.variables |= variables
        return f"{len(variables)} variables are set", encode_result(0)

    def _exec(self, application: str, *arguments: str) -> tuple[str, bytes]:
        if application == "Answer":
            self._is_up = True
            return "is answered", encode_result(0)
        return " ".join((application, *arguments)), encode_result(0)

    def _get_data(
        self, file: str = "", _timeout_ms: str = "", digits: str = ""
    ) -> tuple[str, bytes]:
        bound = int(digits) if digits.isdecimal() else 1024
        keys = (self._keys.pop(0) if self._keys else "")[:bound]
        if len(keys) < bound:
            return _key_told(file, keys), encode_result(keys, "(timeout)")
        return _key_told(file, keys), encode_result(keys)


def _key_told(file: str, keys: str) -> str:
    return f"hears {file}, " + (f"presses {keys}" if keys else "presses nothing")
