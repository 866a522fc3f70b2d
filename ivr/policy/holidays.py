"""Public holidays and their eves, by country.

The days are those of the `holidays` package in its category "public": for Israel the days of rest
by law and Independence Day, on the day it is observed. Its other categories (the days between the
first and last of Pesach and Sukkot, Purim, Hanukkah, days of remembrance) are working days, and
an operator who closes on one says so under `dates`; so does one who closes for an election.

Eves are not in the package: an eve is the day before a public holiday that is none itself, which
for Israel gives each ערב חג, the last of the days between, and Remembrance Day.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country (ISO 3166, `IL`) in a year. Unknown ones raise KeyError."""
    if country not in countries():
        raise KeyError(country)
    return frozenset(holidays.country_holidays(country, years=year, expand=False))


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The countries whose holidays are known."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def is_holiday(country: str, day: date) -> bool:
    """Whether the day is a public holiday."""
    return day in public_holidays(country, day.year)


def is_eve(country: str, day: date) -> bool:
    """Whether the day is the eve of a public holiday, and no holiday itself."""
    return is_holiday(country, day + timedelta(days=1)) and not is_holiday(country, day)
