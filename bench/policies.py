"""Policies of as many routes as are wanted, without a menu on the way of a measured call."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from serving import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: By turns: a prefix alone, with a tier, with a calendar, with a topic.
_WHEN: Final = (
    'prefix: "+9725{n:05}"',
    'tier: vip, prefix: "+9723{n:05}"',
    'prefix: "+9724{n:05}", calendar: {{service: open}}',
    'topic: fault, prefix: "+9728{n:05}"',
)


def large(folder: Path, routes: int) -> Path:
    """A policy of so many routes, in a folder of that folder."""
    policy = folder / f"routes-{routes}"
    shutil.copytree(ROOT / "routes", policy, ignore=shutil.ignore_patterns("examples", "tests"))
    lines = "".join(
        f"  - name: r{n}\n    when: {{{_WHEN[n % 4].format(n=n)}}}\n    queue: senior\n"
        "    then:\n      - {after: 2m, queue: main}\n"
        for n in range(routes - 1)
    )
    last = "  - name: everyone\n    queue: main\n"
    tiers = "tiers:\n  - {tier: vip, when: {granted: golden-beam}}\n"
    (policy / "routes.yaml").write_text(f"{tiers}routes:\n{lines}{last}")
    return policy
