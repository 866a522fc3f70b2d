"""The tree, to the letter, and what is drawn where a terminal can do less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Caller
from ivr.callers.nuisance import Stage
from ivr.engine.policies import load_checked
from ivr.logs.decisions import Form, as_json
from ivr.policy.model import Policy
from ivr.tools.explain.drawing import Node, Pen
from ivr.tools.explain.known import Pinned, Supposed, supposing
from ivr.tools.explain.tree import tree
from ivr.tools.world import Incoming, Script, World
from tests import ROOT
from tests.policy.samples import at

NOON = at("2026-11-22 12:00")
TREES = Path(__file__).parent / "trees"


def load(monkeypatch: pytest.MonkeyPatch) -> Policy:
    monkeypatch.chdir(ROOT)  # so that places are routes/…, wherever the tests are run
    policy = load_checked(Path("routes"))
    assert isinstance(policy, Policy), str(policy)
    return policy


def form(world: World, incoming: Incoming, *keys: str, mask: bool = False) -> Form:
    decided = world.call(incoming, Script(keys)).decided
    assert decided is not None
    return as_json(decided, world.now, world.policy.zone, mask=mask)


def said(text: str) -> str:
    """A policy's hash changes with each of its letters."""
    return re.sub(r"policy [0-9a-f]{12}", "policy 0123456789ab", text)


CALLS = {
    "fault": (NOON, Incoming("0521234567", "1800123456"), ("1",)),
    "withheld-at-night": (at("2026-11-22 02:00"), Incoming("", "1800123456"), ()),
    "no-key": (NOON, Incoming("0521234567", "*611", forwarded_by="036123456"), ()),
}


@pytest.mark.parametrize("name", list(CALLS))
def test_a_call_of_the_sample_policy_to_the_letter(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, incoming, keys = CALLS[name]
    drawn = said(tree(form(World(load(monkeypatch), moment), incoming, *keys)))
    assert drawn == (TREES / f"{name}.txt").read_text().rstrip("\n")


def test_the_page_shows_what_is_really_printed() -> None:
    drawn = (TREES / "fault.txt").read_text().split("\n├─", 1)[1]
    assert drawn in (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")


def test_a_terminal_without_lines_gets_plain_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    here = form(World(load(monkeypatch), NOON), CALLS["fault"][1], "1")
    drawn = tree(here, Pen(plain=True))
    assert drawn.isascii()
    assert "|  |- => route faults: needs topic" in drawn
    assert len(drawn.splitlines()) == len(tree(here).splitlines())


def test_what_decided_stands_out_in_colour_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    here = form(World(load(monkeypatch), NOON), CALLS["fault"][1], "1")
    bold = [line for line in tree(here, Pen(colour=True)).splitlines() if "\x1b[1m" in line]
    marked = [line for line in tree(here).splitlines() if "▶" in line]
    assert len(bold) == len(marked) == 3
    assert "\x1b" not in tree(here)
    plain = re.sub("\x1b\\[[0-9]*m", "", tree(here, Pen(colour=True)))
    assert plain == tree(here)


def test_a_queue_that_gave_up_and_then_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(load(monkeypatch), NOON)
    placed = world.call(CALLS["fault"][1], Script(("1",)))
    for _ in range(2):
        placed = world.gave_up(placed, "JOINEMPTY", 3)
    assert placed.decided is not None
    drawn = tree(as_json(placed.decided, world.now, world.policy.zone, mask=True))
    assert "again, regular, the dialplan's fallback queue: the policy" in drawn
    assert "└─ gave up: JOINEMPTY after 3 s" in drawn


def test_nothing_that_a_trunk_says_speaks_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(load(monkeypatch), NOON)
    placed = world.call(CALLS["fault"][1], Script(("1",)))
    placed = world.gave_up(placed, "\x1b[2J\nFULL\u202e", 3)
    assert placed.decided is not None
    drawn = tree(as_json(placed.decided, world.now, world.policy.zone, mask=True), Pen(colour=True))
    assert "gave up: \\x1b[2J\\nFULL\\u202e after 3 s" in drawn


@given(
    texts=st.lists(st.text(max_size=300), min_size=1, max_size=6),
    place=st.text("abc/.:12", max_size=60),
    deep=st.integers(0, 12),
    plain=st.booleans(),
)
def test_no_line_is_wider_than_the_paper_unless_a_word_is(
    texts: list[str], place: str, deep: int, plain: bool
) -> None:
    nodes: tuple[Node, ...] = tuple(Node(text, place, decided=True) for text in texts)
    for _ in range(deep):
        nodes = (Node("any? no", place, children=nodes),)
    pen = Pen(plain)
    longest = max(len(word) for text in texts for word in [*pen.safe(text).split(), ""])
    for line in pen.draw(nodes):
        assert len(line) <= max(100, 3 * deep + 9 + longest)
        assert line.isprintable()


def paid(keys: tuple[str, ...], heard: float | None = None) -> list[str]:
    """Somebody who is at the last stage calls a policy that has a paid line."""
    policy = load_checked(ROOT / "routes" / "examples" / "paid-line")
    assert isinstance(policy, Policy), str(policy)
    supposed = Supposed(stage=Stage.PAID)
    caller = supposing(Caller("+972521234567"), supposed, policy.zone, NOON)
    world = World(policy, NOON, Pinned(caller))
    dialled = next(iter(policy.entrypoints.values())).dialled[0]
    placed = world.call(Incoming("0521234567", dialled), Script(keys, hears_price=heard))
    assert placed.decided is not None
    drawn = tree(as_json(placed.decided, world.now, policy.zone, mask=True))
    return [re.sub(r"\s+routes/.*|\s+/.*routes/.*", "", line) for line in drawn.splitlines()]


def test_a_paid_line_is_told_with_everything_that_was_heard_and_pressed() -> None:
    drawn = "\n".join(paid(("4", "*", "9")))
    for line in (
        "│  ├─ ▶ route air-time: yes",
        "│  ├─ a paid line is offered only for a topic that was chosen by key",
        "│  ├─ ▶ guard air-time: yes",
        "│  └─ the price is played: ivr/air-time-price",
        "├─ the price was heard for 600 s, to its end",
        "├─ the caller pressed *",
        "│  └─ an appeal is to be kept",
        "└─ it is kept",
        "   ├─ route air-time: yes, but no paid line is offered (any more)",
        "   └─ queue patience",
    ):
        assert line in drawn.splitlines(), drawn
    assert drawn.count("tells the number of the paid line: digits/0 & digits/5") == 2


def test_the_guards_reasons_stand_below_it() -> None:
    drawn = paid(("1",))
    at_route = drawn.index("   ├─ route air-time: yes, but the charge guard says no")
    guard = drawn.index("   ├─ guard air-time: no")
    assert at_route < guard
    assert drawn[guard + 1] == "   │  └─ the topic is exempt"


def test_a_price_that_was_cut_short_leads_to_the_free_way() -> None:
    drawn = paid(("4",), heard=2.5)
    assert "└─ the price was heard for 2.5 s, cut short" in drawn
    assert "   └─ queue patience" in drawn
