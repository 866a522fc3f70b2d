"""Every setting, once: its type, its default and its help. docs/operating.md shows the same table.

In the file a setting is called by its name, in the environment IVR_NAME, as a flag --name (with
dashes).
"""
# ruff: noqa: RUF009 - `setting` makes a field, as `field` does

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ivr.settings.kinds import (
    ADDRESS,
    FOLDER,
    NETWORKS,
    PATH,
    PORT,
    SECRET,
    STORE,
    SWITCH,
    choice,
    duration,
    size,
    whole,
)

if TYPE_CHECKING:
    from ivr.settings.kinds import Kind, Network

T = TypeVar("T")

_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Row:
    """A setting as the table has it."""

    name: str
    kind: Kind[Any]
    default: object
    help: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"IVR_{self.name.upper()}"

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def shown(self) -> str:
        """Its default, as a file would have it."""
        return self.kind.show(self.default)


_STORE: Final = Path("/var/lib/ivr/ivr.sqlite3")


def setting(kind: Kind[T], default: T, help: str) -> T:  # noqa: A002 - what it is
    """A field of `Settings`."""
    return field(default=default, metadata={"kind": kind, "help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """The engine's settings. Times are seconds, sizes bytes."""

    agi_address: str = setting(
        ADDRESS, "127.0.0.1",
        "Where FastAGI listens. It has no password: loopback, or a private address.",
    )  # fmt: skip
    agi_port: int = setting(PORT, 4573, "The port of FastAGI; 0 takes any that is free.")
    http_address: str = setting(
        ADDRESS, "127.0.0.1",
        "Where metrics and health are served. They have no password.",
    )  # fmt: skip
    http_port: int = setting(PORT, 9130, "The port of metrics and health; 0 takes any.")
    http_networks: tuple[Network, ...] = setting(
        NETWORKS, _LOOPBACK, "From where they may be read; others are refused unread."
    )
    routes: Path = setting(PATH, Path("routes"), "The policy: a folder of YAML files, or one file.")
    # Absolute: with a relative one, a command run in another folder would talk to another store.
    store: Path | str = setting(
        STORE, _STORE,
        "What must survive: an SQLite file, or the URL of a Redis that several engines share.",
    )  # fmt: skip
    decisions: Path | None = setting(
        FOLDER, Path("decisions"),
        "Where decisions are kept for `ivr explain`: a folder, beside the store unless it begins"
        " with /; off keeps none.",
    )  # fmt: skip
    decisions_for: float = setting(
        duration(60, 10 * 366 * 86_400), 7 * 86_400.0, "How long decisions are kept at most."
    )
    decisions_bytes: int = setting(
        size(10**6, 10**12), 256 * 10**6, "What they take on the disk at most; the oldest go first."
    )
    # The dialplan's TIMEOUT(absolute)=3 bounds a session until its first prompt, and a report.
    lookup_deadline: float = setting(
        duration(0.001, 2.5), 0.05,
        "How long a caller waits for the store; then he is regular.",
    )  # fmt: skip
    record_deadline: float = setting(
        duration(0.001, 2.5), 2.0,
        "How long a report of a call's end waits for the store, or a yes, or an appeal.",
    )  # fmt: skip
    prompt_bound: float = setting(
        duration(5, 110), 30.0,
        "The longest that one prompt may play; Asterisk takes the call back after it.",
    )  # fmt: skip
    allowed_networks: tuple[Network, ...] = setting(
        NETWORKS, _LOOPBACK, "From where Asterisk may ask; others are refused unread."
    )
    max_connections: int = setting(
        whole(1, 100_000), 2000, "FastAGI connections at once; more are refused at once."
    )
    max_connections_per_address: int = setting(
        whole(1, 100_000), 1000, "The same, from one address."
    )
    max_lag: float = setting(
        duration(0.001, 2.5), 0.25,
        "How long a call may wait for the engine; longer, and calls are refused at once.",
    )  # fmt: skip
    calls_per_number: int = setting(
        whole(1, 1_000_000), 300,
        "Calls a minute that one number may make; more are refused at once.",
    )  # fmt: skip
    header_lines: int = setting(whole(32, 1000), 64, "Lines that a FastAGI header may have.")
    header_bytes: int = setting(
        whole(4096, 1_000_000), 16_384, "Bytes that a FastAGI header may have."
    )
    header_time: float = setting(
        duration(0.5, 60), 5.0, "How long a FastAGI header may take to come in."
    )
    drain: float = setting(
        duration(0, 600), 10.0, "How long calls under way may take when the engine is stopped."
    )
    log_level: str = setting(
        choice("debug", "info", "warning", "error"), "info", "What is logged, from this on."
    )
    log_format: str = setting(
        choice("json", "console"), "json", "JSON lines, or lines that a person likes to read."
    )
    mask_numbers: bool = setting(
        SWITCH, True, "Show callers' numbers in logs and kept decisions as +972******67 only."
    )
    mask_key: str = setting(
        SECRET, "",
        "Show each number by an alias instead, made with this key: file:PATH, or env:NAME.",
    )  # fmt: skip

    @property
    def decisions_folder(self) -> Path | None:
        """Where decisions are kept, if they are: on this machine, wherever the store is."""
        beside = self.store if isinstance(self.store, Path) else _STORE
        return None if self.decisions is None else beside.parent / self.decisions


@cache
def table() -> tuple[Row, ...]:
    """Every setting, in the order of the documentation."""
    return tuple(
        Row(each.name, each.metadata["kind"], each.default, each.metadata["help"])
        for each in fields(Settings)
    )
