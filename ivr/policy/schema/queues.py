"""`queues:` queues of Asterisk's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.schema.prompts import prompt
from ivr.policy.schema.values import SAFE, matching, name, named, needs, table

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

#: The section of settings in queues.conf: no queue can have its name.
_RESERVED: Final = "general"
_ASTERISK: Final = f"^(?!{_RESERVED}$){SAFE}{{1,80}}$"
_OPTIONS: Final = "^[CcdFhHiIkKmnrRtTwWxX]{1,20}$"


def queues() -> Schema:
    """The section."""
    queue = _queue()
    section = named("Where callers wait, by name.", queue)
    own_name = {"allOf": [queue, needs("asterisk")]}
    return {**section, "patternProperties": {f"^{_RESERVED}$": own_name}}


def _queue() -> Schema:
    return table(
        "A queue of Asterisk's.",
        {
            "asterisk": matching(
                "Its name in queues.conf; the same name if left out. None is called general.",
                _ASTERISK,
                "write a name in queues.conf: none is called general",
            ),
            "fallback": name(
                "Where a caller goes when the queue refuses him: full, nobody there, not known. "
                "Never for time: that is 'then'."
            ),
            "options": matching(
                "Letters of Queue() that take nothing in brackets.",
                _OPTIONS,
                "write letters such as tk, without brackets",
                examples=["tk"],
            ),
            "music": name("A class of musiconhold.conf."),
            "announce": prompt("A prompt that the agent hears."),
        },
    )
