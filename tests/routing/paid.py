"""A caller who may be charged, and a policy that would: for the tests of the charge guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ivr.callers.caller import Author, Caller, MonthTally, Record
from ivr.callers.nuisance import Process, Rules, Stage, Told
from ivr.policy.model import Place, Policy, Route, ToPaidLine
from ivr.policy.model import Stage as Step
from ivr.policy.paid import CarrierBills, Method, PaidLine
from ivr.policy.when import NuisanceAt
from tests.routing.policies import policy

ZONE = ZoneInfo("Asia/Jerusalem")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZONE).timestamp()
DAY = 86_400
NUMBER = "+972521234567"
FREE = "+9721800123456"
HERE = Place("test.yaml", 1, 1)
AUTHOR = Author("dana", "dana", NOON - 30 * DAY, "he asked")

RULES = Rules(contacts=14, marks=2)
WARNED = Told("Dana", "by telephone", datetime(2026, 5, 12, 12, tzinfo=ZONE).timestamp())
NOTICED = Told("Yossi", "by letter", datetime(2026, 8, 12, 12, tzinfo=ZONE).timestamp())
PROCESS = Process(Stage.PAID, "2026-08", WARNED, NOTICED)
RECORD = Record(process=PROCESS)
#: At the last stage, and nothing speaks for him.
CHARGEABLE = Caller(
    NUMBER,
    RECORD,
    months=(MonthTally("2026-09", 20, 5), MonthTally("2026-10", 14, 2)),
    here=frozenset({"2026-08", "2026-09", "2026-10"}),
)

LINE = PaidLine(
    name="air-time",
    number="+972529999999",
    told="0529999999",
    method=Method.DIAL,
    price="what-it-costs",
    price_seconds=6,
    price_version="7",
    valid_for=("+97252", "+97254"),
    exempt_topics=frozenset({"fault", "leaving"}),
    declined=("free-ways",),
    place=HERE,
    consent="press-five",
    consent_key="5",
    tries=2,
    wait=8,
    appeal_key="7",
    repeat_key="9",
    dial="PJSIP/0529999999@trunk",
    consent_days=30,
    carrier_bills_caller=CarrierBills("Ruth", date(2026, 1, 5)),
)


def line(method: Method = Method.DIAL, **changes: object) -> PaidLine:
    return replace(LINE, method=method, **changes)  # type: ignore[arg-type] # a test's shorthand


def paid_policy(offered: PaidLine = LINE, *then: Step, head_start: int = 0) -> Policy:
    """The policy of this room with a route to the line, for callers at the last stage."""
    plain = policy()
    when = NuisanceAt(Stage.PAID, HERE)
    route = Route("paid", when, (Step(ToPaidLine(offered)), *then), HERE, head_start)
    return replace(
        plain,
        nuisance=RULES,
        paid_lines={offered.name: offered},
        routes=(*plain.routes[:2], route, *plain.routes[2:]),
    )
