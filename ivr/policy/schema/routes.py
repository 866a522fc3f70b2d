"""`tiers:` and `routes:` who is treated as what, and where calls go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Tier
from ivr.policy.reading.targets import TARGETS
from ivr.policy.schema.conditions import IN_ROUTES, IN_TIERS
from ivr.policy.schema.prompts import spoken
from ivr.policy.schema.values import (
    SAFE,
    at_most_one,
    duration,
    if_any,
    items,
    listed,
    matching,
    name,
    needs,
    one_at_least,
    ref,
    table,
    without,
    word,
)

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

_DIAL: Final = f"^(?=.{{1,80}}$)[A-Za-z0-9]+/{SAFE.replace('/', '')}+(?:/{SAFE}*)?$"
#: A paid line can only be the first step of a route.
_LATER: Final = tuple(target for target in TARGETS if target != "paid_line")


def tiers() -> Schema:
    """The section."""
    written = [tier.value for tier in Tier if tier is not Tier.REGULAR]
    rule = table(
        "A rule: callers for whom 'when' holds are of this tier.",
        {
            "tier": word(
                "What the caller is treated as. Who is none of these is regular.", written
            ),
            "when": ref(IN_TIERS, "What makes a caller one.", minProperties=1),
        },
        ["tier", "when"],
    )
    return items("The first rule that matches says what a caller is treated as.", rule)


def routes() -> Schema:
    """The section."""
    return items(
        "The first route that matches takes the call. The last has no conditions, so that no call "
        "is without a way.",
        _route(),
        minItems=1,
    )


def _route() -> Schema:
    return table(
        "Where calls go for which 'when' holds.",
        {
            "name": name("How logs and metrics call it."),
            "when": ref(IN_ROUTES, "What must hold. Without it the route takes every call."),
            **_targets(),
            "paid_line": name(
                "One of paid_lines, for 'tier: nuisance' only; whoever may not be charged goes on "
                "by the next route, free."
            ),
            "head_start": duration(
                "The caller stands where one who came so much earlier would stand, in every queue "
                "of the route.",
                "0s",
                "24h",
                examples=["20m"],
            ),
            "then": listed("What follows, step by step. The last waits without end.", _step()),
        },
        ["name"],
        allOf=[*_one_target(TARGETS), *_what_follows(), if_any(["head_start"], _queues())],
    )


def _step() -> Schema:
    return table(
        "A step that follows.",
        {
            "after": duration(
                "How long the step before may take; not written after an announcement, which takes "
                "as long as it takes.",
                "1s",
                "24h",
                examples=["30s"],
            ),
            **_targets(),
        },
        allOf=_one_target(_LATER),
    )


def _targets() -> dict[str, Schema]:
    return {
        "queue": name("One of queues."),
        "dial": matching(
            "What Dial() takes first. Emergency numbers, premium ones and your own are refused.",
            _DIAL,
            "write PJSIP/100, or PJSIP/0521234567@TRUNK",
            examples=["PJSIP/100", "PJSIP/0521234567@TRUNK"],
        ),
        "announce": spoken(
            "A prompt, or a list of prompts and {opens: CALENDAR}. The call ends after it, unless "
            "something follows."
        ),
        "hangup": {
            "description": "true, or an ISDN cause such as 21.",
            "anyOf": [
                {"type": "boolean", "enum": [True]},
                {"type": "integer", "minimum": 1, "maximum": 127},
            ],
        },
    }


def _one_target(targets: tuple[str, ...]) -> list[Schema]:
    return [one_at_least(*targets), *at_most_one(*targets)]


def _what_follows() -> list[Schema]:
    """Of the first step of `then`. What others follow upon stands in the step before them."""
    return [
        if_any(["hangup"], without("then")),
        if_any(["announce"], {"properties": {"then": _first(without("after"))}}),
        if_any(["queue", "dial"], {"properties": {"then": _first(needs("after"))}}),
    ]


def _first(step: Schema) -> Schema:
    """A step that stands alone, or is the first of a list."""
    return {**step, "items": [step]}


def _queues() -> Schema:
    """Some step of the route is a queue."""
    later = {"anyOf": [_is_queue(), {"type": "array", "contains": _is_queue()}]}
    return {"anyOf": [needs("queue"), {**needs("then"), "properties": {"then": later}}]}


def _is_queue() -> Schema:
    return {"type": "object", **needs("queue")}
