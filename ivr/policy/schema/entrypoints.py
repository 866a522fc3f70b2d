"""`entrypoints:` numbers dialled that are one door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.model import Pays
from ivr.policy.schema.numbers import dialled
from ivr.policy.schema.prompts import prompt
from ivr.policy.schema.values import listed, name, named, table, word

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema


def entrypoints() -> Schema:
    """The section."""
    return named("The numbers that callers dial, by name.", _entrypoint())


def _entrypoint() -> Schema:
    return table(
        "Numbers dialled that are one door.",
        {
            "dialled": listed(
                "The numbers that lead here, and star codes. Each leads to one entrypoint.",
                dialled(examples=["1800123456", "*611"]),
                uniqueItems=True,
            ),
            "pays": word(
                "Who pays; must be written. Where the company pays, the call is answered before "
                "anything is heard; where the caller pays, an announcement is played without "
                "answering, and is not billed.",
                [each.value for each in Pays],
            ),
            "language": name("Instead of the first of languages."),
            "greeting": prompt("A prompt, heard once, before the first menu or the queue."),
            "menu": name("What asks for a topic when a route needs one."),
            "calendar": name("What the condition 'calendar: closed' means for calls to here."),
        },
        ["pays", "dialled"],
    )
