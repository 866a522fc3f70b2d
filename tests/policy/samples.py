"""Facts and callers for the tests of this room."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ivr.callers.caller import Author, Caller, Case, Grant, Mark, Record, Tally
from ivr.callers.nuisance import stage
from ivr.policy.facts import Facts
from ivr.policy.model import Place

ZONE = ZoneInfo("Asia/Jerusalem")
PLACE = Place("routes.yaml", 1, 1)
NUMBER = "+972521234567"


def at(written: str, zone: ZoneInfo = ZONE, fold: int = 0) -> float:
    """The instant of a local time such as `2026-11-22 09:30`."""
    local = datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=zone, fold=fold)
    return local.timestamp()


NOW = at("2026-11-22 09:30")
AUTHOR = Author(by="ruth", os_user="ruth", at=at("2026-11-01 08:00"), why="asked for")

FACTS = Facts(
    now=NOW,
    caller=Caller(NUMBER),
    number=NUMBER,
    forwarded=False,
    dialled="+9721800123456",
    entrypoint="support",
    language="he",
    topic=None,
    topic_askable=True,
    tier="",
)


def known(
    *,
    grants: tuple[Grant, ...] = (),
    cases: tuple[Case, ...] = (),
    marks: tuple[Mark, ...] = (),
    tallies: tuple[Tally, ...] = (),
    last_agent: str | None = None,
) -> Facts:
    """The usual call, of a caller of whom this is known."""
    record = Record(grants=grants, cases=cases, marks=marks)
    caller = Caller(NUMBER, record, tallies, last_agent)
    return replace(FACTS, caller=caller, nuisance=stage(None, record, (), FACTS.now))


def tally(day: str, ended: int = 1, answered: int = 0, case: str | None = None) -> Tally:
    return Tally(date.fromisoformat(day), case, ended, answered)
