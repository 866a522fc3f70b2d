"""Secrets. No setting holds one: it says where one is, so that no list of processes shows it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = "file:"
VARIABLE: Final = "env:"

#: Characters. A key that can be guessed shows every number: there are few numbers to try.
SHORTEST: Final = 32
_EVERYBODY: Final = 0o007


class SecretError(ValueError):
    """The secret cannot be had; the message says what to do, and nothing of the secret."""


def read_key(where: str, env: Mapping[str, str] = os.environ) -> bytes:
    """The key that `file:PATH` or `env:NAME` leads to; b"" for no place. Raises `SecretError`."""
    if not where:
        return b""
    key = _of_file(where.removeprefix(FILE)) if where.startswith(FILE) else _of(env, where)
    key = key.strip()
    if len(key) < SHORTEST:
        raise SecretError(
            f"the key of {where} is shorter than {SHORTEST} characters: make one with"
            " `openssl rand -hex 32`"
        )
    return key


def _of(env: Mapping[str, str], where: str) -> bytes:
    name = where.removeprefix(VARIABLE)
    if name not in env:
        raise SecretError(f"there is no variable {name}: set it to the key, or name a file")
    return env[name].encode("utf-8", "surrogateescape")


def _of_file(path: str) -> bytes:
    try:
        if Path(path).stat().st_mode & _EVERYBODY:
            raise SecretError(f"everybody may read {path}: chmod o= {path}")
        return Path(path).read_bytes()
    except OSError as error:
        raise SecretError(f"{path} cannot be read ({error.strerror}): see its owner") from error
