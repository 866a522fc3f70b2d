"""`menus:` questions that a key answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.reading.menus import PERSON_KEY
from ivr.policy.schema.numbers import KEYS
from ivr.policy.schema.prompts import prompt
from ivr.policy.schema.values import (
    at_most_one,
    duration,
    name,
    named,
    needs,
    one_at_least,
    ref,
    table,
    whole,
)

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

_WAYS: Final = ("topic", "menu", "person")


def menus() -> Schema:
    """The section."""
    return named("Questions that a key answers, by name.", _menu())


def choice() -> Schema:
    """What a key does."""
    return table(
        "One of topic, menu and person; a language may stand beside it, or alone.",
        {
            "topic": name("The call is about this topic."),
            "menu": name("Another menu. Menus that lead round to each other are a mistake."),
            "person": {
                "description": "A person, whatever the call is about.",
                "type": "boolean",
                "enum": [True],
            },
            "language": name("From here on in this language; alone: this menu again in it."),
        },
        title="What a key does",
        minProperties=1,
        allOf=at_most_one(*_WAYS),
    )


def _menu() -> Schema:
    return table(
        "Plays only when the next condition in order needs a topic that nobody has given.",
        {
            "prompt": prompt("The question."),
            "again": prompt(
                "What is played the second time; its slower recording if there is one, unless said."
            ),
            "wait": duration(
                "How long a key is waited for after the question; twice as long the second time.",
                "1s",
                "60s",
                default="5s",
            ),
            "tries": whole("How often it is asked.", 1, 5, default=2),
            "keys": _keys(),
            "otherwise": ref(
                "choice", "What happens without an answer; a person unless said.",
                default={"person": True}, **one_at_least(*_WAYS),
            ),
        },
        ["prompt", "keys"],
    )  # fmt: skip


def _keys() -> Schema:
    keys = {key: ref("choice", f"What {key} does.") for key in KEYS}
    person = "Asks for a person in every menu, written or not."
    return table(
        'What each key does, "1" to "9", "*", "#", in quotes.',
        {**keys, PERSON_KEY: ref("choice", person, **needs("person"))},
    )
