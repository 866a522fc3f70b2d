"""`ivr schema`, and the schema that lies beside the sample policy."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import main

ROUTES = Path(__file__).parents[2] / "routes"
KEPT = ROUTES / "policy.schema.json"
#: Those of policies: what lies in folders called tests has another form.
FILES = sorted([*ROUTES.glob("*.yaml"), *ROUTES.glob("examples/*/*.yaml")])


def test_what_lies_in_routes_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(main, ["schema"])
    assert printed.exit_code == 0
    assert printed.stdout_bytes == KEPT.read_bytes(), "write it anew: docs/schema.md says how"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROUTES)))
def test_every_file_names_its_schema(file: Path) -> None:
    first = file.read_text().splitlines()[0]
    prefix, _, schema = first.partition("$schema=")
    assert prefix == "# yaml-language-server: "
    assert (file.parent / schema).resolve() == KEPT
