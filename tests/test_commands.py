"""Every command says how it is used: an example in its help, and a page in docs/."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ivr.cli import main

DOCS = "\n".join(page.read_text() for page in (Path(__file__).parents[1] / "docs").glob("*.md"))


def commands(group: click.Group = main, path: str = "ivr") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = dict(commands())


@pytest.mark.parametrize("path", ALL)
def test_a_command_shows_an_example_of_itself(path: str) -> None:
    text = ALL[path].help or ""
    assert "Example" in text, f"no example in `{path} --help`"
    assert f"{path} " in text.split("Example", 1)[1] or text.rstrip().endswith(path)


@pytest.mark.parametrize("path", ALL)
def test_a_command_has_its_place_in_the_docs(path: str) -> None:
    assert path in DOCS, f"no page in docs/ says anything of `{path}`"


def typed() -> Iterator[list[str]]:
    """The commands that docs/ shows on lines of their own."""
    for line in DOCS.splitlines():
        if line.startswith("    ivr "):
            yield shlex.split(line, comments=True)


@pytest.mark.parametrize("words", list(typed()), ids=" ".join)
def test_a_command_that_the_docs_show_has_what_it_must_have(words: list[str]) -> None:
    path = max((path for path in ALL if words[: len(path.split())] == path.split()), key=len)
    missing = [
        param.opts[0]
        for param in ALL[path].params
        if isinstance(param, click.Option) and param.required and not {*param.opts} & {*words}
    ]
    assert not missing
