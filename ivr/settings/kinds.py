"""What a setting's value can be: how it is read, how it is written, and what a bad one is told.

A reader takes what a file (TOML) or a text (environment, flags) holds, and raises `BadValueError`
with what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Network: TypeAlias = IPv4Network | IPv6Network

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_REDIS: Final = re.compile(r"rediss?(\+sentinel|\+cluster)?://.")
_SLASHLESS: Final = re.compile(r"rediss?(\+\w*)?:", re.IGNORECASE)
_SECRET: Final = re.compile(r"file:[^\0]+|env:[A-Za-z_][A-Za-z0-9_]*")
_BYTES: Final = {"KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE: Final = re.compile(r"(\d{1,6})\s*([KMG]B)", re.IGNORECASE)
_SWITCH: Final = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


class BadValueError(ValueError):
    """A value that cannot be; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of value: `read` takes it from a file or a text, `show` writes it as a file would.

    `word` stands for the value in help texts.
    """

    word: str
    read: Callable[[object], T]
    show: Callable[[T], str]


def whole(at_least: int, at_most: int, word: str = "NUMBER") -> Kind[int]:
    """A whole number within bounds, both included."""

    def read(value: object) -> int:
        text = str(value).strip() if isinstance(value, int | str) else ""
        if not re.fullmatch(r"\d{1,9}", text) or not at_least <= int(text) <= at_most:
            raise BadValueError(f"write a whole number from {at_least} to {at_most}")
        return int(text)

    return Kind(word, read, str)


def duration(at_least: float, at_most: float) -> Kind[float]:
    """Seconds, written with a unit, within bounds, both included."""

    def read(value: object) -> float:
        match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise BadValueError('write a time with its unit: "50ms", "5s" or "2m"')
        seconds = float(match[1]) * _UNITS[match[2]]
        if not at_least <= seconds <= at_most:
            raise BadValueError(
                f"write a time from {show_duration(at_least)} to {show_duration(at_most)}"
            )
        return seconds

    return Kind("TIME", read, lambda seconds: f'"{show_duration(seconds)}"')


def show_duration(seconds: float) -> str:
    """Seconds in the largest unit that keeps the number whole."""
    for unit in ("d", "h", "m", "s"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:g}{unit}"
    return f"{seconds * 1000:.10g}ms"


def size(at_least: int, at_most: int) -> Kind[int]:
    """Bytes, written with a unit, within bounds, both included."""

    def read(value: object) -> int:
        match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise BadValueError('write a size with its unit: "256MB" or "1GB"')
        number = int(match[1]) * _BYTES[match[2].upper()]
        if not at_least <= number <= at_most:
            raise BadValueError(
                f"write a size from {_show_size(at_least)} to {_show_size(at_most)}"
            )
        return number

    return Kind("SIZE", read, lambda number: f'"{_show_size(number)}"')


def _show_size(number: int) -> str:
    """Bytes in the largest unit that keeps the number whole."""
    unit = next(unit for unit in reversed(_BYTES) if number % _BYTES[unit] == 0)
    return f"{number // _BYTES[unit]}{unit}"


def choice(*words: str) -> Kind[str]:
    """One of some words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value.strip().lower() not in words:
            raise BadValueError(f"write one of {', '.join(words)}")
        return value.strip().lower()

    return Kind("|".join(words), read, _quoted)


def _read_switch(value: object) -> bool:
    known = _SWITCH.get(str(value).strip().lower()) if isinstance(value, bool | str) else None
    if known is None:
        raise BadValueError("write true or false")
    return known


def _read_address(value: object) -> str:
    try:
        return str(ip_address(value.strip() if isinstance(value, str) else ""))
    except ValueError:
        raise BadValueError('write an IP address, such as "127.0.0.1"') from None


def _read_path(value: object) -> Path:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise BadValueError("write the path of a file or folder")
    if "://" in value:
        raise BadValueError("write a path: only the store can have a URL")
    return Path(value.strip())


def _read_store(value: object) -> Path | str:
    text = value.strip() if isinstance(value, str) else ""
    if "://" not in text and not _SLASHLESS.match(text):
        return _read_path(value)
    if not _REDIS.match(text):
        raise BadValueError(
            "write the path of a file, or a URL: redis://, rediss://, redis+sentinel:// or"
            " redis+cluster://"
        )
    return text


def _read_folder(value: object) -> Path | None:
    if isinstance(value, str) and value.strip().lower() in ("", "off"):
        return None
    return _read_path(value)


def _read_networks(value: object) -> tuple[Network, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not parts:
        raise BadValueError('write networks, such as ["127.0.0.0/8", "10.1.2.0/24"]')
    return tuple(_read_network(part) for part in parts)


def _read_network(part: object) -> Network:
    text = part.strip() if isinstance(part, str) else ""
    try:
        return ip_network(text)
    except ValueError:
        wider = _wider(text)
        hint = f'; did you mean "{wider}"?' if wider else ""
        raise BadValueError(
            f'{part!r} is no network: write one such as "10.1.2.0/24"{hint}'
        ) from None


def _wider(text: str) -> Network | None:
    """The network around an address that was written with a mask: 10.1.2.3/24 is 10.1.2.0/24."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _read_secret(value: object) -> str:
    text = value.strip() if isinstance(value, str) else None
    if text is None or (text and not _SECRET.fullmatch(text)):
        raise BadValueError("write where the secret is, not what it is: file:PATH or env:NAME")
    return text


def _quoted(value: object) -> str:
    return f'"{value}"'


SWITCH: Final = Kind("true|false", _read_switch, lambda on: str(on).lower())
ADDRESS: Final = Kind("ADDRESS", _read_address, _quoted)
PATH: Final = Kind("PATH", _read_path, _quoted)
STORE: Final = Kind("PATH|URL", _read_store, _quoted)
#: Where a secret is, see `secret`; "" for none.
SECRET: Final = Kind("file:PATH|env:NAME", _read_secret, _quoted)
#: A folder, or None.
FOLDER: Final = Kind("PATH|off", _read_folder, lambda path: _quoted(path or "off"))
PORT: Final = whole(0, 65535, "PORT")
NETWORKS: Final = Kind(
    "NETWORKS", _read_networks, lambda networks: f"[{', '.join(map(_quoted, networks))}]"
)
