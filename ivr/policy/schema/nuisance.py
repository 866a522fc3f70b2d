"""`nuisance:` what it takes to come from one stage of the nuisance process to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.schema.values import duration, table, whole

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema


def nuisance() -> Schema:
    """The section."""
    return table(
        "The process that finds out whose calls are not to the point, and gives them every chance. "
        "Without it nobody comes further than a mark's observed.",
        {
            "contacts": whole(
                "Answered contacts that a calendar month must have to be watched.", 5, 10_000,
                examples=[30],
            ),
            "marks": whole(
                "How many of them agents must have marked as not to the point; at most as many.",
                1, 10_000, examples=[10],
            ),
            "months": _months(),
            "broken_off": duration(
                "A conversation that the agent's side ended within this time broke off on our "
                "side, and is no evidence.",
                "0s", "60s", default="5s",
            ),
        },
        ["contacts", "marks"],
    )  # fmt: skip


def _months() -> Schema:
    return table(
        "How many months in a row lead from one stage to the next.",
        {
            "before_warning": whole("Until a warning is due.", 2, 12, default=3),
            "before_notice": whole(
                "After the month of the warning, until the second notice is due.", 1, 12, default=2
            ),
            "quiet": whole("Quiet ones that clear the number.", 1, 12, default=2),
        },
    )
