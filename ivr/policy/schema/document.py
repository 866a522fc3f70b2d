"""A whole file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ivr.policy.schema.calendars import calendars
from ivr.policy.schema.conditions import IN_ROUTES, IN_TIERS, condition, condition_of_a_tier
from ivr.policy.schema.entrypoints import entrypoints
from ivr.policy.schema.menus import choice, menus
from ivr.policy.schema.nuisance import nuisance
from ivr.policy.schema.paid_lines import paid_lines
from ivr.policy.schema.prompts import prompts
from ivr.policy.schema.queues import queues
from ivr.policy.schema.routes import routes, tiers
from ivr.policy.schema.settings import settings
from ivr.policy.schema.values import table

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def schema() -> Schema:
    """The schema of one file of a policy."""
    sections = {
        **settings(),
        "calendars": calendars(),
        "prompts": prompts(),
        "queues": queues(),
        "entrypoints": entrypoints(),
        "menus": menus(),
        "nuisance": nuisance(),
        "paid_lines": paid_lines(),
        "tiers": tiers(),
        "routes": routes(),
    }
    described = table("Says where calls go. One file of a policy, or the whole of it.", sections)
    return {
        "$schema": DRAFT,
        "title": "Routing policy",
        **described,
        "definitions": {
            IN_ROUTES: condition(),
            IN_TIERS: condition_of_a_tier(),
            "choice": choice(),
        },
    }


def written(described: Schema) -> str:
    """A schema as the text of its file."""
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"
