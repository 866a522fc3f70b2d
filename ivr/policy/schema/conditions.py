"""`when:` what must hold for a tier or a route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.nuisance import Stage
from ivr.policy.model import Tier
from ivr.policy.schema.numbers import dialled, prefix
from ivr.policy.schema.ranges import duration_pattern
from ivr.policy.schema.values import (
    flag,
    items,
    listed,
    matching,
    name,
    named,
    ref,
    table,
    whole,
    word,
)

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

#: The names of both definitions: `when` of a route, and `when` of a tier.
IN_ROUTES: Final = "condition"
IN_TIERS: Final = "condition_of_a_tier"

_DAY: Final = 86_400
#: Whole days, 31 at most.
_WITHIN: Final = f"^month$|{duration_pattern(_DAY, 31 * _DAY, _DAY)}"


def condition() -> Schema:
    """What a route can ask for."""
    return table(
        "Several keys must all hold; a list as a value means one of.",
        {**_only_in_routes(), **_leaves(), **_joined(IN_ROUTES)},
        title="Condition",
    )


def condition_of_a_tier() -> Schema:
    """What a tier can ask for: neither topic, tier nor withheld."""
    return table(
        "Several keys must all hold; a list as a value means one of. A tier cannot ask for topic "
        "(tiers are judged before any menu), tier or withheld.",
        {**_leaves(), **_joined(IN_TIERS)},
        title="Condition of a tier",
    )


def _only_in_routes() -> dict[str, Schema]:
    return {
        "tier": listed("The caller is of one of these tiers.", word("", [*Tier])),
        "topic": listed("This is the topic.", name("One of topics.")),
        "withheld": flag("There is no number to go by."),
    }


def _leaves() -> dict[str, Schema]:
    return {
        "entrypoint": listed("The call came in there.", name("One of entrypoints.")),
        "language": listed("The caller hears this language.", name("One of languages.")),
        "dialled": listed("This number was dialled.", dialled(examples=["*611"])),
        "prefix": listed(
            "The caller's number begins so; never a withheld one's.",
            prefix(examples=["052", "+1"]),
        ),
        "calendar": _calendar(),
        "granted": listed("The caller holds the grant now.", name("One of grants.")),
        "open_case": _open_case(),
        "nuisance": word(
            "The nuisance process has come to this stage or beyond.",
            [stage.value for stage in Stage if stage is not Stage.CLEAR],
        ),
        "contacts": _contacts(),
        "last_agent": listed("This agent answered the caller last.", name(examples=["PJSIP/anna"])),
        "undocumented": flag("The agent of the caller's last answered contact left no note."),
        "forwarded": flag("Another number forwarded the call to us."),
    }


def _calendar() -> Schema:
    state = word("", ["open", "closed"])
    each = named("Calendars by name, each open or closed now.", state)
    return {
        "description": "The calendar is open or closed now: {service: closed}. A single word means "
        "that of the entrypoint.",
        "anyOf": [state, {**each, "minProperties": 1}],
    }


def _open_case() -> Schema:
    narrowed = table(
        "",
        {
            "complex": flag("Whether the case is a complex one."),
            "topic": name("What the case is about."),
        },
    )
    return {
        "description": "The caller has an open case; narrowed by {complex: true, topic: fault}.",
        "anyOf": [{"type": "boolean", "enum": [True]}, narrowed],
    }


def _contacts() -> Schema:
    return table(
        "So many earlier contacts ended in this time, never counting the present call.",
        {
            "at_least": whole("How many.", 1, 100_000),
            "within": matching(
                "A number of local days, today included, at most 31d; or month, which is this "
                "calendar month or the one before, whichever has more.",
                _WITHIN,
                "write whole days from 1d to 31d, or month",
                examples=["14d", "month"],
            ),
            "answered": flag("Only those that an agent answered.", default=False),
            "about": word("Only those about a case that is still open.", ["open-case"]),
        },
        ["at_least", "within"],
    )


def _joined(definition: str) -> dict[str, Schema]:
    each = ref(definition)
    several = items("", each, minItems=1)
    return {
        "any": {"description": "One of them holds.", **several},
        "all": {"description": "Each of them holds.", **several},
        "not": {
            "description": "It does not hold; of a list, none may hold.",
            "anyOf": [ref(definition, minProperties=1, maxProperties=1), several],
        },
    }
