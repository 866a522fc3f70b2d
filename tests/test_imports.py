"""The rooms and their direction, as pyproject.toml has them for import-linter."""

from __future__ import annotations

from importlinter.cli import lint_imports

from tests import ROOT


def test_the_rooms_depend_in_one_direction() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
