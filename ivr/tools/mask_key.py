"""`--mask-key`: numbers in what a command writes get the aliases that the engine's logs have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from ivr.settings.kinds import SECRET, BadValueError
from ivr.settings.secret import SecretError, read_key
from ivr.tools.place import UsageExit

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., object])


def mask_key_option(command: F) -> F:
    """Give a command the option `mask_key`: the key itself, b"" for none."""
    option = click.option(
        "--mask-key",
        envvar="IVR_MASK_KEY",
        default="",
        metavar=SECRET.word,
        callback=_read,
        help="Show numbers by the aliases that this key makes, as in the engine's logs.",
    )
    return option(command)


def _read(_context: click.Context, _option: click.Parameter, where: Any) -> bytes:
    try:
        return read_key(SECRET.read(where))
    except (BadValueError, SecretError) as error:
        raise UsageExit(f"--mask-key: {error}") from error
