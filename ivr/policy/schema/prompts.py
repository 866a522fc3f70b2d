"""`prompts:` the manifest of recordings with their words; and prompts where they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.policy.schema.values import SAFE, flag, listed, matching, name, named, table, text

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

#: A recording's file stays within the folder of recordings.
_OWN: Final = rf"^(?!/)(?!.*\.\.){SAFE}{{1,80}}$"
_OWN_HINT: Final = "write a name without '..' and a leading '/', 80 characters at most"
#: A name, or that of its slower recording.
_NAMED: Final = rf"^{SAFE}{{1,80}}(?:-slow)?$"


def prompts() -> Schema:
    """The section."""
    description = "What callers hear, by name. Every prompt that the policy names must be here."
    return named(description, _prompt(), _OWN, _OWN_HINT)


def prompt(description: str, **more: Any) -> Schema:
    """One of the manifest, or the slower form of one."""
    return matching(description, _NAMED, "write the name of one of 'prompts'", **more)


def spoken(description: str) -> Schema:
    """What is heard, one after the other."""
    opens = table(
        "Says when a calendar opens next.",
        {"opens": name("One of calendars.")},
        ["opens"],
    )
    return listed(description, {"anyOf": [prompt("One of prompts."), opens]})


def _prompt() -> Schema:
    """Which languages there are may stand in another file: any key but two is one."""
    words = text("The text in this language.")
    return {
        "description": "A text for each language, by its name.",
        "type": "object",
        "properties": {
            "phonemes": {
                "description": "For placeholder recordings, by language: what espeak-ng is given.",
                "type": "object",
                "additionalProperties": text("Phonemes."),
            },
            "slow": flag("Whether a slower recording NAME-slow stands beside it.", default=False),
        },
        "additionalProperties": words,
        "not": {"propertyNames": {"enum": ["phonemes", "slow"]}},
    }
