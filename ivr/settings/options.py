"""Settings as options of a command."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ivr.settings.sources import (
    CONFIG_VARIABLE,
    DEFAULT_FILE,
    SettingsError,
    choose_file,
    from_sources,
)
from ivr.settings.table import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.settings.sources import Loaded
    from ivr.settings.table import Row

    Option = Callable[[Callable[..., Any]], Callable[..., Any]]

R = TypeVar("R")

# Keeps them apart from the command's own parameters.
_PREFIX: Final = "setting_"


class BadSettings(click.ClickException):
    """Ends a command with a line for each problem, and exit code 2, as a wrong flag does."""

    exit_code = 2


def settings_options(*only: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give a command `--config` and a flag for each setting (or for those named).

    The command is called with `loaded: Loaded`; all settings are read, whichever have a flag.
    """
    rows = [row for row in table() if not only or row.name in only]

    def decorate(command: Callable[..., R]) -> Callable[..., R]:
        @functools.wraps(command)
        def run(*args: Any, **given: Any) -> R:
            flags = {row.name: given.pop(_PREFIX + row.name) for row in rows}
            said = {name: text for name, text in flags.items() if text is not None}
            loaded = _load(given.pop(_PREFIX + "config"), said)
            return command(*args, loaded=loaded, **given)

        decorated: Callable[..., R] = run
        for option in reversed([_config_option(), *map(_option, rows)]):
            decorated = option(decorated)
        return decorated

    return decorate


def _load(config: str | None, flags: dict[str, str]) -> Loaded:
    try:
        return from_sources(choose_file(config, os.environ), os.environ, flags)
    except SettingsError as error:
        raise BadSettings(str(error)) from None


def _option(row: Row) -> Option:
    text = f"{row.help}  [{row.variable}; default: {row.shown}]"
    return click.option(row.flag, _PREFIX + row.name, metavar=row.kind.word, help=text)


def _config_option() -> Option:
    text = f"A TOML file with settings.  [{CONFIG_VARIABLE}; default: {DEFAULT_FILE}, if it exists]"
    return click.option("--config", _PREFIX + "config", metavar="PATH", help=text)
