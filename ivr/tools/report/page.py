"""The page: one HTML file that reaches for nothing outside of itself.

Its Content-Security-Policy allows the one style that is in it, by its hash, and nothing else: no
script, no picture, no font, no frame, no form.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ivr import __version__
from ivr.tools.report.replayed import replayed
from ivr.tools.report.simulated import simulated
from ivr.tools.report.texts import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Of the JSON; a later one may mean something else.
_VERSION: Final = 1


def page(figures: Mapping[str, Any]) -> str:
    """The page of a replay's or a simulation's JSON figures.

    Raises `ValueError` for figures that are neither, or of a later version.
    """
    if figures.get("version") != _VERSION:
        raise ValueError(f"these are no figures of version {_VERSION}")
    if "volume" in figures:
        return _rendered("replay.html.j2", replayed(figures))
    if "as_it_is" in figures:
        return _rendered("simulate.html.j2", simulated(figures))
    raise ValueError("these are figures neither of a replay nor of a simulation")


def _rendered(template: str, view: object) -> str:
    style = _text("style.css")
    return (
        _environment()
        .get_template(template)
        .render(
            view=view,
            style=Markup(style),  # noqa: S704 - ours, and of no data
            style_hash=b64encode(sha256(style.encode()).digest()).decode(),
            engine=__version__,
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text("utf-8")


def _finalized(value: object) -> object:
    """Whatever is put into the page can be seen there."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
