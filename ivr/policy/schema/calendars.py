"""`calendars:` weekly hours, holidays with their eves, and dates of the operator's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.reading.calendars import DAYS
from ivr.policy.schema.hours import DATE, DATE_HINT, hours, hours_or_closed
from ivr.policy.schema.settings import country
from ivr.policy.schema.values import (
    at_most_one,
    if_any,
    items,
    listed,
    named,
    one_at_least,
    table,
    word,
)

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema


def calendars() -> Schema:
    """The section."""
    return named("When somebody answers, by name.", _calendar())


def _calendar() -> Schema:
    return table(
        "Dates win over holidays, holidays over eves, eves over the week.",
        {
            "open": items(
                "The week: on which days it is open, and when. A day that is not here is closed.",
                _days_and_hours(),
            ),
            "closed": table(
                "Closed on the public holidays of a country.",
                {"holidays": country("The country (ISO 3166).")},
                ["holidays"],
            ),
            "holidays": table(
                "Instead of 'closed': the hours of public holidays.",
                {
                    "country": country("The country (ISO 3166)."),
                    "hours": hours_or_closed("The hours of a holiday, or closed."),
                },
                ["country", "hours"],
            ),
            "eves": table(
                "The day before a public holiday that is none itself. It only shortens a day: it "
                "never opens what the week leaves closed.",
                {"hours": hours_or_closed("The hours of an eve, or closed.")},
                ["hours"],
            ),
            "dates": named(
                'Your own, which win over all: {"2027-05-12": closed}.',
                hours_or_closed("The hours of this date, or closed."),
                DATE,
                DATE_HINT,
            ),
        },
        ["open"],
        allOf=[
            *at_most_one("closed", "holidays"),
            if_any(["eves"], one_at_least("closed", "holidays")),
        ],
    )


def _days_and_hours() -> Schema:
    return table(
        "",
        {
            "days": listed("Days of the week.", word("", DAYS), uniqueItems=True),
            "hours": hours(
                "From a time of the day up to another, by the clock on the wall. 24:00 is the end "
                'of the day; "22:00-02:00" runs over midnight.'
            ),
        },
        ["days", "hours"],
        examples=[{"days": ["sun", "mon"], "hours": "07:00-24:00"}],
    )
