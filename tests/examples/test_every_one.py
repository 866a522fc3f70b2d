"""What holds for every example: whole, sound, worded, and fair to whom nothing is known of.

A test in YAML is one policy's. These hold for a policy that is added to the folder, too.
"""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.routing.steps import Action, Go
from ivr.tools.recordings import wordless
from tests.examples.calls import (
    CLOSED,
    EXAMPLES,
    EXEMPT,
    FAULT,
    GENERAL,
    LAST_STAGE,
    NAMES,
    NOTHING,
    PERSON,
    REGULAR,
    author,
    calling,
    example,
    queue_of,
    with_record,
)

#: As in routes/prompts.yaml: brackets around sounds, punctuation outside of them.
PHONEMES = re.compile(r"(\[\[[aeioubdfghjklmnpstvzRSX?' ]+\]\][,. ]*)+")

HOPELESS = calling(999, caller=LAST_STAGE)


def test_the_folders_are_those_that_are_tested() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_whose_way_it_is_and_what_was_made_fair(name: str) -> None:
    head = (EXAMPLES / name / "policy.yaml").read_text().partition("version:")[0]
    assert "Whose way:" in head
    assert "What was made fair:" in head
    assert f"]({name}/policy.yaml)" in (EXAMPLES / "README.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_has_its_words(name: str) -> None:
    policy = example(name).policy
    assert wordless(policy) == []
    for prompt in policy.prompts.values():
        assert set(prompt.texts) == {"he", "en"}, prompt.name
        assert re.search("[א-ת]", prompt.texts["he"]), prompt.name
        assert not re.search("[^ -~]", prompt.texts["en"]), prompt.name
        assert PHONEMES.fullmatch(prompt.phonemes["he"]), prompt.name
        assert len(prompt.phonemes["he"].split()) == len(prompt.texts["he"].split()), prompt.name


def test_what_they_share_is_worded_as_in_the_policy_that_ships() -> None:
    shipped = open_policy(EXAMPLES.parent)
    assert isinstance(shipped, Policy)
    texts = {(EXAMPLES / name / "prompts.yaml").read_text() for name in NAMES}
    assert len(texts) == 1
    for name, prompt in example(NAMES[0]).policy.prompts.items():
        if name != "topics":  # which asks for one topic more here
            assert prompt == shipped.prompts[name]


@pytest.mark.parametrize("name", NAMES)
def test_espeak_reads_the_phonemes_as_they_are_written(name: str) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("not installed: espeak-ng: `make test` installs it")
    for prompt in example(name).policy.prompts.values():
        written = prompt.phonemes["he"]
        read = subprocess.run(
            ["espeak-ng", "-v", "he", "-q", "-x", written],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert _letters(read) == _letters(written), prompt.name


def _letters(written: str) -> str:
    return re.sub(r"[^a-zA-Z?]", "", written)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", [*EXEMPT, GENERAL, PERSON, NOTHING])
def test_nothing_known_is_regular_and_a_person(name: str, key: str) -> None:
    queue = "faults" if key == FAULT else "main"
    assert example(name).queue(None, key) == queue, "the store was late"
    assert example(name).queue(None, key, number=None) == queue, "withheld"
    assert example(name).queue(REGULAR, key) == queue


@pytest.mark.parametrize("name", NAMES)
def test_a_shared_number_is_sent_to_no_worse_line(name: str) -> None:
    shared = with_record(LAST_STAGE, shared=author("ruth", "2026-11-01"))
    assert queue_of(example(name).call(shared)) in {"main", "patience"}


@pytest.mark.parametrize("name", NAMES)
def test_closed_hours_are_the_same_for_all(name: str) -> None:
    for caller in (REGULAR, HOPELESS, None):
        closed = example(name).arrive(caller, CLOSED).step
        assert isinstance(closed, Go)
        assert (closed.action, closed.sounds[-1]) == (Action.ANNOUNCE, "ivr/closed-hours")
