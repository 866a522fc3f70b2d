"""Sound policies to try the schema on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.policy.schema.editor import read

HERE = Path(__file__).parent
ROUTES = HERE.parents[2] / "routes"

EVERYTHING = HERE / "everything.yaml"
BASE = HERE.parent / "base.yaml"

#: Whole policies: each the files that belong together.
POLICIES = {
    "everything": [EVERYTHING],
    "base": [BASE],
    "sample": sorted(ROUTES.glob("*.yaml")),
    **{each.name: sorted(each.glob("*.yaml")) for each in sorted((ROUTES / "examples").glob("*/"))},
}


def whole(policy: str) -> dict[str, Any]:
    """A policy as one document; maps may be spread over its files."""
    merged: dict[str, Any] = {}
    for file in POLICIES[policy]:
        for section, value in read(file.read_text()).items():
            if isinstance(value, dict):
                merged.setdefault(section, {}).update(value)
            else:
                merged[section] = value
    return merged
