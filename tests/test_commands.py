"""Every command says how it is used: an example in its help, and a page in docs/."""

from __future__ import annotations

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
