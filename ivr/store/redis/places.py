"""Where a Redis is, as an operator writes it: a URL, without any password in it.

    redis://[user@]host[:6379][/db]            one server
    rediss://…                                 the same by TLS: certificate and name are checked
    redis+sentinel://[user@]host[:26379],…/name[/db]
    redis+cluster://[user@]host[:6379],…

`s` before the `://` of the last two means TLS as well (`rediss+sentinel`). After a `?`: `replicas`
(how many must have seen a write that protects a caller), `password_file` or `password_env`,
`sentinel_password_file` or `sentinel_password_env`, `ca_file`, `cert_file` and `key_file`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ONE: Final = ""
SENTINEL: Final = "sentinel"
CLUSTER: Final = "cluster"

_PORTS: Final = {ONE: 6379, SENTINEL: 26379, CLUSTER: 6379}
_FILES: Final = ("ca_file", "cert_file", "key_file")
_SECRETS: Final = (
    "password_file", "password_env", "sentinel_password_file", "sentinel_password_env",
)  # fmt: skip
_OPTIONS: Final = ("replicas", *_FILES, *_SECRETS)
_EVERYBODY: Final = 0o007

#: A URL without its slashes is never meant to be a folder of that name.
_SCHEME: Final = re.compile(r"(rediss?(?:\+\w*)?):(?!//)", re.IGNORECASE)

Host = tuple[str, int]


class PlaceError(ValueError):
    """The URL cannot be used; the message says what to write, and has no secret in it."""


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """A Redis: `kind` is one of `ONE`, `SENTINEL` and `CLUSTER`; `shown` is what may be told."""

    kind: str
    hosts: Sequence[Host]
    shown: str
    name: str = ""
    db: int = 0
    user: str | None = None
    tls: bool = False
    replicas: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def password(self, of: str = "") -> str | None:
        """The password, read anew: it may have been changed. Raises `PlaceError`."""
        path = self.secrets.get(f"{of}password_file")
        if path is not None:
            return _read(path)
        variable = self.secrets.get(f"{of}password_env")
        if variable is None:
            return None
        if variable not in os.environ:
            raise PlaceError(f"the environment has no {variable}: set it to the store's password")
        return os.environ[variable]


def is_redis(where: str) -> bool:
    """Whether this is a URL of a Redis and not the path of a file."""
    return "://" in where or _SCHEME.match(where) is not None


def parse(url: str) -> RedisPlace:
    """Raises `PlaceError`."""
    kind, tls = _scheme(url)
    parts, user = _parts(url)
    options = _options(parts.query)
    name, db = _name_and_db(kind, parts.path)
    return RedisPlace(
        kind, _hosts(parts.netloc.rpartition("@")[2], _PORTS[kind]),
        f"{parts.scheme}://{parts.netloc}{parts.path}", name, db, user, tls,
        _count(options.get("replicas", "0")),
        {key: options[key] for key in _FILES if key in options},
        {key: options[key] for key in _SECRETS if key in options},
    )  # fmt: skip


def _scheme(url: str) -> tuple[str, bool]:
    slashless = _SCHEME.match(url)
    if slashless:
        scheme = slashless[1]
        raise PlaceError(
            f"{scheme}: without // is no store: write {scheme.lower()}://HOST:PORT, or a path from "
            f"/ on"
        )
    scheme = url.partition("://")[0]
    base, _, kind = scheme.partition("+")
    if base not in ("redis", "rediss") or kind not in _PORTS or scheme.endswith("+"):
        raise PlaceError(
            f"{scheme}:// is no store: write a path, or redis://, rediss://, redis+sentinel:// or "
            f"redis+cluster://"
        )
    return kind, base == "rediss"


def _parts(url: str) -> tuple[SplitResult, str | None]:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PlaceError(f"the URL of the store cannot be read: {error}") from error
    user, at, _ = parts.netloc.rpartition("@")
    if ":" in user:
        raise PlaceError(
            "a password in the URL of the store can be read by whoever sees the list of processes: "
            "write it into a file, and add ?password_file=PATH"
        )
    if parts.fragment:
        raise PlaceError("the URL of the store has a # in it: write %23")
    return parts, unquote(user) if at and user else None


def _hosts(netloc: str, port: int) -> Sequence[Host]:
    return tuple(_host(each, port) for each in netloc.split(","))


def _host(text: str, port: int) -> Host:
    try:
        parts = urlsplit(f"//{text}")
        number = parts.port or port
    except ValueError as error:
        raise PlaceError(f"{text!r} in the URL of the store: write HOST or HOST:PORT") from error
    if not parts.hostname:
        raise PlaceError("the URL of the store names no host: write redis://HOST:PORT")
    return parts.hostname, number


def _name_and_db(kind: str, path: str) -> tuple[str, int]:
    pieces = [each for each in path.split("/") if each]
    name = ""
    if kind == SENTINEL:
        if not pieces:
            raise PlaceError(
                "the URL of the store names no primary: write redis+sentinel://HOST,HOST/NAME, "
                "with the name that `sentinel monitor` gives it"
            )
        name = pieces.pop(0)
    if len(pieces) > 1 or (pieces and not pieces[0].isdecimal()):
        raise PlaceError(f"{path!r} in the URL of the store: write the number of a database, /0")
    if kind == CLUSTER and pieces and int(pieces[0]):
        raise PlaceError("a Redis Cluster has the database 0 only")
    return name, int(pieces[0]) if pieces else 0


def _options(query: str) -> Mapping[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for key in options:
        if key not in _OPTIONS:
            raise PlaceError(
                f"{key} in the URL of the store is unknown: there are {', '.join(_OPTIONS)}"
            )
    return options


def _count(text: str) -> int:
    if not text.isdecimal():
        raise PlaceError(f"replicas={text} in the URL of the store: write a number")
    return int(text)


def _read(path: str) -> str:
    try:
        if Path(path).stat().st_mode & _EVERYBODY:
            raise PlaceError(f"everybody may read the store's password: chmod o= {path}")
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise PlaceError(f"the store's password cannot be read from {path}: {why}") from error
