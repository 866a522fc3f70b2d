"""Policies to draw: as many routes as one likes, in the manners in which people write many."""

from __future__ import annotations

from pathlib import Path

from ivr.engine.policies import checked, load_checked
from ivr.policy.model import Policy

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "routes"
EXAMPLES = sorted(path.parent for path in (SAMPLE / "examples").glob("*/policy.yaml"))

HEAD = """\
version: 1
timezone: Asia/Jerusalem
numbers: {region: IL}
languages: [he, en]
topics: [fault, billing]
grants: [golden-beam]
prompts:
  welcome: {he: "שלום", en: "Hello"}
  ask: {he: "לתקלה, אחת", en: "For a fault, press one"}
"""
DOORS = """\
menus:
  ask: {prompt: ask, keys: {"1": {topic: fault}, "2": {topic: billing}}}
entrypoints:
  support: {pays: company, dialled: ["1800123456"], greeting: welcome, menu: ask}
"""
QUEUES = "queues:\n  main: {}\n"
LAST = "  - {name: rest, queue: main}\n"


def sound(text: str) -> Policy:
    policy = checked({"policy.yaml": text})
    assert isinstance(policy, Policy), str(policy)
    return policy


def shipped(path: Path) -> Policy:
    policy = load_checked(path)
    assert isinstance(policy, Policy), str(policy)
    return policy


def regions(number: int, queues: int = 12, run: int = 25) -> Policy:
    """So many routes by the caller's number, `run` after each other to one queue."""
    names = [f"region-{each}" for each in range(queues)]
    listed = "".join(f"  {name}: {{fallback: main}}\n" for name in names)
    routes = "".join(
        f'  - {{name: area-{each}, when: {{prefix: "+9725{each:05}"}},'
        f" queue: {names[each // run % queues]}, head_start: {each // run % 3 * 5}m,"
        " then: [{after: 2m, queue: main}]}\n"
        for each in range(number - 1)
    )
    return sound(f"{HEAD}{DOORS}{QUEUES}{listed}routes:\n{routes}{LAST}")


def motley(number: int) -> Policy:
    """So many routes of which no two neighbours are alike."""
    goals = ("queue: main", "announce: welcome", "hangup: 21", "dial: PJSIP/100")
    asks = ('prefix: "+9725{:05}"', 'forwarded: true, prefix: "+9725{:05}"')
    routes = "".join(
        f"  - {{name: r{each}, when: {{{asks[each % 2].format(each)}}}, {goals[each % 4]}}}\n"
        for each in range(number - 1)
    )
    return sound(f"{HEAD}{DOORS}{QUEUES}routes:\n{routes}{LAST}")


def crowded(doors: int, menus: int, tiers: int, queues: int) -> Policy:
    """Many of everything but routes; menus lead to each other, and queues make long chains."""
    menu = "".join(
        f'  m{each}: {{prompt: ask, keys: {{"1": {{menu: m{each + 1}}}, "2": {{menu: last}},'
        f' "3": {{topic: billing}}}}}}\n'
        for each in range(menus)
    ).replace(f"menu: m{menus}}}", "topic: fault}")
    last = '  last: {prompt: ask, keys: {"1": {language: en}}}\n'
    door = "".join(
        f'  d{each}: {{pays: {("company", "caller")[each % 2]}, dialled: ["1800{each:06}"],'
        f" menu: m{each % menus}}}\n"
        for each in range(doors)
    )
    rule = "".join(
        f"  - {{tier: vip, when: {{granted: golden-beam, contacts: {{at_least: {tiers - each},"
        " within: 7d}}}\n"
        for each in range(tiers)
    )
    chain = "".join(f"  q{each}: {{fallback: q{each - 1}}}\n" for each in range(1, queues))
    return sound(
        f"{HEAD}menus:\n{menu}{last}entrypoints:\n{door}tiers:\n{rule}"
        f"{QUEUES}  q0: {{}}\n{chain}routes:\n{LAST}"
    )


def stepping(steps: int) -> Policy:
    """A route with so many steps."""
    then = ", ".join(f"{{after: {each}m, queue: q{each % 5}}}" for each in range(1, steps))
    queues = "".join(f"  q{each}: {{}}\n" for each in range(5))
    return sound(
        f"{HEAD}{DOORS}{QUEUES}{queues}routes:\n"
        f"  - {{name: long, when: {{topic: fault}}, queue: q0, then: [{then}]}}\n{LAST}"
    )
