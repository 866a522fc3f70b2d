"""Where settings come from, in rising order: defaults, a file, the environment, flags.

Every bad value is reported, also one that a higher source overrides: it would be in force on the
day that the higher one goes away.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ivr.settings.kinds import BadValueError
from ivr.settings.table import Settings, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DEFAULT_FILE: Final = Path("/etc/ivr/ivr.toml")
CONFIG_VARIABLE: Final = "IVR_CONFIG"
#: Settings of which a bad value is not told again: it may be the secret itself.
_SECRETS: Final = frozenset({"mask_key"})


class SettingsError(Exception):
    """Settings that the engine does not start with; `problems` holds a line for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings as they came together, and what is odd but harmless."""

    settings: Settings
    warnings: tuple[str, ...] = ()


def from_sources(file: Path | None, env: Mapping[str, str], flags: Mapping[str, str]) -> Loaded:
    """Settings of a file (None: none is read), the environment, and flags by setting name.

    Raises `SettingsError` with every problem, each with where it came from and what to write.
    """
    problems: list[str] = []
    said = _read_file(file, problems) if file else {}
    lines = _lines(file) if said and file else {}
    values = _take(said, lambda name: f"{file}:{lines.get(name, 1)}: {name}", problems)
    values |= _take(_of_environment(env), lambda name: f"IVR_{name.upper()}", problems)
    values |= _take(flags, lambda name: f"--{name.replace('_', '-')}", problems)
    settings = Settings(**values)  # type: ignore[arg-type]  # each was read by its setting's kind
    problems += _contradictions(settings)
    if problems:
        raise SettingsError(problems)
    return Loaded(settings, tuple(_unknown_variables(env)))


def choose_file(flag: str | None, env: Mapping[str, str]) -> Path | None:
    """The file to read: as the flag says, or IVR_CONFIG, or the default one where it exists."""
    said = flag or env.get(CONFIG_VARIABLE)
    if said:
        return Path(said)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _read_file(file: Path, problems: list[str]) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{file}: {error.strerror}: name a file that can be read, or leave it out")
    except UnicodeDecodeError:
        problems.append(f"{file}: not UTF-8: save it as UTF-8")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{file}: not TOML: {error}: write lines such as agi_port = 4573")
    return {}


def _lines(file: Path) -> dict[str, int]:
    """On which line each key stands; tomllib does not tell, and our keys are never nested."""
    keys: dict[str, int] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if match := re.match(r"\s*\[*\s*[\"']?([\w-]+)", line):
            keys.setdefault(match[1], number)
    return keys


def _take(
    said: Mapping[str, object], where: Callable[[str], str], problems: list[str]
) -> dict[str, object]:
    kinds = {row.name: row.kind for row in table()}
    values: dict[str, object] = {}
    for name, value in said.items():
        if name not in kinds:
            problems.append(f"{where(name)}: unknown setting{_instead(name)}")
            continue
        try:
            values[name] = kinds[name].read(value)
        except BadValueError as error:
            problems.append(f"{where(name)}: {_shown(name, value)}{error}")
    return values


def _shown(name: str, value: object) -> str:
    """What was written, unless it may be a secret, or a URL with one in it."""
    hides = name in _SECRETS or "@" in str(value)
    return "" if hides else f"{value!r}: "


def _instead(name: str) -> str:
    """What may have been meant."""
    names = [row.name for row in table()]
    close = get_close_matches(name.lower().replace("-", "_"), names, n=1)
    return f": write {close[0]}" if close else ": see `ivr serve --help` for those that there are"


def _of_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The settings among the variables. An empty one counts as not set, as in shells."""
    return {row.name: env[row.variable] for row in table() if env.get(row.variable)}


def _unknown_variables(env: Mapping[str, str]) -> Iterable[str]:
    known = {row.variable for row in table()} | {CONFIG_VARIABLE}
    for variable in sorted(env):
        if variable.startswith("IVR_") and variable not in known:
            close = get_close_matches(variable, known, n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            yield f"{variable} in the environment is no setting{meant}"


def _contradictions(settings: Settings) -> Iterable[str]:
    """Values that are good each by itself, and not together."""
    if settings.agi_port and (settings.agi_address, settings.agi_port) == (
        settings.http_address,
        settings.http_port,
    ):
        yield "agi_port and http_port are the same: choose two"
    if settings.mask_key and not settings.mask_numbers:
        yield "mask_key masks numbers, and mask_numbers = false shows them: leave one out"
    if settings.max_connections_per_address > settings.max_connections:
        yield (
            "max_connections_per_address is more than max_connections: "
            f"write {settings.max_connections} at most"
        )
