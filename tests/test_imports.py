"""The rooms and their direction, as pyproject.toml has them for import-linter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests import ROOT


def test_the_rooms_depend_in_one_direction() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout
