"""What holds for the whole policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.reading.document import VERSION
from ivr.policy.schema.numbers import number_prefix
from ivr.policy.schema.values import duration, items, matching, name, table, text

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

_COUNTRY: Final = "^[A-Z]{2}$"
_COUNTRY_HINT: Final = "write its two capital letters (ISO 3166), such as IL"


def country(description: str) -> Schema:
    """A country. Which ones are known changes with the libraries that know them."""
    return matching(description, _COUNTRY, _COUNTRY_HINT, examples=["IL"])


def settings() -> dict[str, Schema]:
    """The sections that are no mapping of names."""
    return {
        "version": {
            "description": "The version of this format. A newer one is refused.",
            "type": "integer",
            "enum": [VERSION],
        },
        "timezone": text(
            "Days, months and hours are local to it.", examples=["Asia/Jerusalem", "Europe/Berlin"]
        ),
        "numbers": table(
            "How numbers are read.",
            {"region": country("The country in which a number without a country code is read.")},
            ["region"],
        ),
        "languages": _names(
            "The first is what callers hear unless their entrypoint or a key says otherwise.",
            ["he", "en"],
            minItems=1,
        ),
        "topics": _names(
            "What a call can be about. A topic is declared here before it is used.",
            ["fault", "billing"],
        ),
        "grants": _names(
            "The standings that a caller can be given (ivr caller grant-vip --grant).",
            ["golden-beam"],
        ),
        "retention": duration(
            "Contacts older than this are summed up by month and removed, but for the evidence of "
            "a process that is under way. Without it nothing is removed.",
            "62d",
            "3650d",
            examples=["400d"],
        ),
        "premium": items(
            "Numbers that begin so cost more than a call, and are called by nobody here; beside "
            "those that the engine knows.",
            number_prefix(),
            examples=[["1-957"]],
        ),
    }


def _names(description: str, example: list[str], **more: int) -> Schema:
    return items(description, name(), uniqueItems=True, examples=[example], **more)
