"""Policies to draw: as many routes as one likes, in the manners in which people write many."""

from __future__ import annotations

from pathlib import Path

from ivr.engine.policies import checked, load_checked
from ivr.policy.model import Policy

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(path.parent for path in (ROOT / "routes" / "examples").glob("*/policy.yaml"))

HEAD = """\
version: 1
timezone: Asia/Jerusalem
numbers: {region: IL}
languages: [he, en]
topics: [fault, billing]
prompts:
  welcome: {he: "שלום", en: "Hello"}
  ask: {he: "לתקלה, אחת", en: "For a fault, press one"}
menus:
  ask: {prompt: ask, keys: {"1": {topic: fault}, "2": {topic: billing}}}
entrypoints:
  support: {pays: company, dialled: ["1800123456"], greeting: welcome, menu: ask}
"""


def sound(text: str) -> Policy:
    policy = checked({"policy.yaml": text})
    assert isinstance(policy, Policy), str(policy)
    return policy


def shipped(path: Path) -> Policy:
    policy = load_checked(path)
    assert isinstance(policy, Policy), str(policy)
    return policy


def regions(number: int, queues: int = 12, run: int = 25) -> Policy:
    """So many routes by the caller's number, `run` after each other to one queue, as carriers do."""
    names = [f"region-{each}" for each in range(queues)]
    listed = "\n".join(f"  {name}: {{fallback: main}}" for name in names)
    routes = "\n".join(
        f'  - {{name: area-{each}, when: {{prefix: "+9725{each:05}"}},'
        f" queue: {names[each // run % queues]}, head_start: {each // run % 3 * 5}m,"
        " then: [{after: 2m, queue: main}]}"
        for each in range(number - 1)
    )
    return sound(
        f"{HEAD}queues:\n  main: {{}}\n{listed}\nroutes:\n{routes}\n  - {{name: rest, queue: main}}\n"
    )


def motley(number: int) -> Policy:
    """So many routes of which no two neighbours are alike."""
    goals = ("queue: main", "announce: welcome", "hangup: 21", "dial: PJSIP/100")
    asks = ('prefix: "+9725{:05}"', 'forwarded: true, prefix: "+9725{:05}"')
    routes = "\n".join(
        f"  - {{name: r{each}, when: {{{asks[each % 2].format(each)}}}, {goals[each % 4]}}}"
        for each in range(number - 1)
    )
    return sound(
        f"{HEAD}queues:\n  main: {{}}\nroutes:\n{routes}\n  - {{name: rest, queue: main}}\n"
    )
