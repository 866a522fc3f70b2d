"""The file: well-formed whatever the policy says, by itself, and readable without eyes."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.policy.model import Policy
from ivr.tools.graph.command import draw
from tests.tools.graph.policies import DOORS, EXAMPLES, HEAD, LAST, QUEUES, SAMPLE, shipped, sound

SPACE = "{http://www.w3.org/2000/svg}"


def parsed(policy: Policy, *, expand: bool = False) -> ET.Element:
    return ET.fromstring(draw(policy, "svg", expand=expand))


def said(root: ET.Element) -> list[str]:
    return ["".join(each.itertext()) for each in root.iter(f"{SPACE}text")]


def test_who_cannot_see_it_is_told_what_it_is() -> None:
    root = parsed(shipped(SAMPLE))
    assert root.get("role") == "img"
    labelled = (root.get("aria-labelledby") or "").split()
    found = {each.get("id"): each.text for each in root if each.get("id")}
    assert found.keys() >= set(labelled)
    assert found["title"] == "Where calls go"
    assert "2 entrypoints, 1 menu, 7 routes, 5 queues" in (found["desc"] or "")


@pytest.mark.parametrize("path", [SAMPLE, *EXAMPLES], ids=lambda path: path.name)
def test_it_runs_nothing_and_loads_nothing(path: object) -> None:
    text = draw(shipped(path), "svg").decode()  # type: ignore[arg-type]
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<(script|image|use|foreignObject|a)\b|\bon\w+=|@import|url\((?!#)", text)
    assert "href" not in text


def test_it_follows_the_night_and_paper() -> None:
    style = parsed(shipped(SAMPLE)).findtext(f"{SPACE}style") or ""
    assert "@media screen and (prefers-color-scheme: dark)" in style
    assert "@media print" in style


def test_hebrew_runs_from_the_right() -> None:
    root = parsed(shipped(SAMPLE))
    texts = [each for each in root.iter(f"{SPACE}text") if "שלום" in (each.text or "")]
    assert texts
    assert all(each.get("direction") == "rtl" for each in texts)


def test_a_text_that_is_cut_is_there_as_a_whole() -> None:
    policy = sound(f'{HEAD}{DOORS}{QUEUES}routes:\n  - {{name: {"n" * 80}, when: {{tier: vip}},'
                   f" queue: main}}\n{LAST}")  # fmt: skip
    root = parsed(policy)
    assert f"{'n' * 80}" in [each.text for each in root.iter(f"{SPACE}title")] + said(root)


HOSTILE = (
    "</text><script>alert(1)</script>", "]]>", "<!--", "&amp;", '"quoted"', "\x07", "\u202eabc",
    "a" * 5000, "\ud83d", "😀" * 40, "\ufffe", "שלום <b>",
)  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
def test_hostile_prompts_are_words(words: str) -> None:
    root = parsed(_spoken(words))
    assert not list(root.iter(f"{SPACE}script"))


def _spoken(words: str) -> Policy:
    """The sample, with these words in every prompt (as a loader might let them pass one day)."""
    policy = shipped(SAMPLE)
    prompts = {
        name: replace(prompt, texts=dict.fromkeys(policy.languages, words))
        for name, prompt in policy.prompts.items()
    }
    return replace(policy, prompts=prompts)


@settings(max_examples=60)
@given(st.text(), st.booleans())
def test_any_words_make_a_file_that_can_be_read(words: str, expand: bool) -> None:
    root = parsed(_spoken(words), expand=expand)
    assert "closed" in said(root)


def test_the_same_policy_gives_the_same_bytes() -> None:
    assert draw(shipped(SAMPLE), "svg") == draw(shipped(SAMPLE), "svg")
