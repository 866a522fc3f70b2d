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
#: A rule that looks at as many days as any can, and holds for nobody.
_COUNTING: Final = "  - {tier: vip, when: {contacts: {at_least: 100000, within: month}}}\n"


def large(folder: Path, routes: int, *, counting: bool = False) -> Path:
    """A policy of so many routes, in a folder of that folder; callers' contacts may be counted."""
    policy = folder / f"routes-{routes}{'-counting' if counting else ''}"
    shutil.copytree(ROOT / "routes", policy, ignore=shutil.ignore_patterns("examples", "tests"))
    lines = "".join(
        f"  - name: r{n}\n    when: {{{_WHEN[n % 4].format(n=n)}}}\n    queue: senior\n"
        "    then:\n      - {after: 2m, queue: main}\n"
        for n in range(routes - 1)
    )
    last = "  - name: everyone\n    queue: main\n"
    tiers = "tiers:\n  - {tier: vip, when: {granted: golden-beam}}\n"
    tiers += _COUNTING if counting else ""
    (policy / "routes.yaml").write_text(f"{tiers}routes:\n{lines}{last}")
    return policy
