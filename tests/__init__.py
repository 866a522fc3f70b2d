"""Tests mirror ivr/; contract suites stand beside what they are for; live/ runs a real Asterisk."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
