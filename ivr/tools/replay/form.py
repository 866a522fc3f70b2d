"""A replay as JSON: every figure there is. The text and the HTML page are made from it alone.

docs/replay.md describes it. Callers' numbers are masked unless asked for: `line` says where in the
log a caller is found all the same.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ivr.callers.nuisance import Stage
from ivr.logs.decisions.moments import local
from ivr.logs.masking import masked
from ivr.tools.replay.against_form import against_form
from ivr.tools.replay.figures import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.policy.model import Policy
    from ivr.tools.replay.figures import Bucket, Volume
    from ivr.tools.replay.lives import Lives
    from ivr.tools.replay.replay import Part, Replay

#: What `json.dumps` takes.
Form: TypeAlias = dict[str, Any]

#: Of the form; a reader refuses a later one.
VERSION: Final = 1

DAY_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

#: Hours of the week that are named as busiest, and as quietest.
_NAMED: Final = 10


def replay_form(
    replay: Replay, log: Form, names: tuple[str, ...], *, mask: bool, key: bytes = b""
) -> Form:
    """All of a replay. `log` is what the reader says of the file, `names` what policies are called.

    `names` are as many as there are policies.
    """
    shown: Callable[[str | None], str] = (
        _shown(key) if mask else lambda number: number or "withheld"
    )
    parts = zip(names, replay.parts, strict=True)
    return {
        "version": VERSION,
        "masked": mask,
        "log": {**log, **_log(replay)},
        "assumed": _assumed(replay),
        "volume": _volume(replay.volume, replay.parts[0].figures.all()),
        "policies": [_part(name, part, shown) for name, part in parts],
        "against": against_form(replay, shown, mask=mask, key=key)
        if replay.against is not None
        else None,
    }


def _shown(key: bytes) -> Callable[[str | None], str]:
    return lambda number: masked(number, key)


def _log(replay: Replay) -> Form:
    seen, zone = replay.seen, replay.policy.zone
    days = replay.volume.days
    span = (max(days) - min(days)).days + 1 if days else 0
    return {
        "calls": seen.calls,
        "history": seen.history,
        "from": None if seen.first is None else local(seen.first, zone),
        "to": None if seen.last is None else local(seen.last, zone),
        "days": span,
        "days_without_a_call": span - len(days),
        "callers": len(seen.callers),
        "withheld": seen.withheld,
        "vip_calls": seen.vips,
        "without_topic": seen.no_topic,
        "topics_unknown": dict(seen.no_key.most_common()),
    }


def _assumed(replay: Replay) -> Form:
    assumed = replay.assumed
    return {
        "marked": assumed.marked,
        "noted": assumed.noted,
        "confirmed": assumed.confirms,
        "agrees": assumed.agrees,
        "wait_limit": replay.limit,
    }


# --- when calls came -------------------------------------------------------------------------


def _volume(volume: Volume, every: Bucket) -> Form:
    total = {**_bucket(every, every.calls), "offered": None, "charged": None}
    ranked = sorted(_hours(volume), key=lambda hour: (-hour["average"], hour["calls"]))
    return {
        **{key: value for key, value in total.items() if value is not None},
        "by_day": [_day(day, hours) for day, hours in sorted(volume.days.items())],
        "by_weekday_and_hour": volume.hours,
        "weekdays": list(DAY_NAMES),
        "busiest": ranked[:_NAMED],
        "quietest": ranked[::-1][:_NAMED],
        "recorded_queues": [
            {"name": name, **_bucket(bucket, every.calls)}
            for name, bucket in _biggest(volume.queues)
        ],
    }


def _day(day: Any, hours: list[int]) -> Form:
    return {
        "day": day.isoformat(),
        "weekday": DAY_NAMES[day.weekday()],
        "calls": sum(hours),
        "by_hour": hours,
    }


def _hours(volume: Volume) -> Iterator[Form]:
    """Hours of the week with calls; `average` is by the days of that name that the log covers."""
    covered = _covered(volume)
    for weekday in range(WEEKDAYS):
        for hour, calls in enumerate(volume.hours[weekday]):
            if calls:
                yield {
                    "weekday": DAY_NAMES[weekday],
                    "hour": hour,
                    "calls": calls,
                    "days": covered[weekday],
                    "average": round(calls / covered[weekday], 2),
                }


def _covered(volume: Volume) -> Counter[int]:
    """How many Mondays, Tuesdays… there are from the log's first day to its last."""
    found: Counter[int] = Counter()
    if volume.days:
        first = min(volume.days)
        for offset in range((max(volume.days) - first).days + 1):
            found[(first + timedelta(days=offset)).weekday()] += 1
    return found


# --- what a policy does ----------------------------------------------------------------------


def _part(name: str, part: Part, shown: Callable[[str | None], str]) -> Form:
    policy, figures = part.side.policy, part.figures
    calls = sum(bucket.calls for bucket in figures.by_tier().values())
    return {
        "name": name,
        "hash": policy.hash,
        "dialled": part.side.default_number or None,
        "vip_grant": part.known.grant,
        "tiers": [{"name": str(k), **_bucket(b, calls)} for k, b in figures.by_tier().items()],
        "routes": [{"name": k, **_bucket(b, calls)} for k, b in figures.by_route().items()],
        "places": [
            {"action": k.action, "name": k.name, **_bucket(b, calls)}
            for k, b in figures.by_place().items()
        ],
        "offered": figures.offers(),
        "charged": figures.charges(),
        "degraded": dict(figures.degraded.most_common()),
        "unused_routes": _unused(policy, set(figures.by_route())),
        "process": _process(part.known.lives, shown),
    }


def _unused(policy: Policy, used: set[str]) -> list[str]:
    return [route.name for route in policy.routes if route.name not in used]


def _bucket(bucket: Bucket, all_calls: int) -> Form:
    return {
        "calls": bucket.calls,
        "share": round(bucket.calls / all_calls, 4) if all_calls else 0.0,
        "outcomes": {outcome.value: n for outcome, n in sorted(bucket.outcomes.items())},
        "offered": bucket.offered,
        "charged": bucket.charged,
        "by_hour": bucket.hours,
        "waits": bucket.waits.as_json(),
    }


def _biggest(buckets: dict[str, Bucket]) -> list[tuple[str, Bucket]]:
    return sorted(buckets.items(), key=lambda item: (-item[1].calls, item[0]))


def _process(lives: Lives, shown: Callable[[str | None], str]) -> Form | None:
    """Who came how far; None where the policy has no process."""
    rules = lives.policy.nuisance
    if rules is None:
        return None
    furthest = Counter(fate.stage for fate in lives.fates.values())
    stages = [stage for stage in reversed(Stage) if stage is not Stage.CLEAR]
    order: dict[Stage, int] = {stage: place for place, stage in enumerate(stages)}
    fates = sorted(lives.fates.items(), key=lambda item: (order[item[1].stage], item[1].since))
    return {
        "rules": {
            "contacts": rules.contacts,
            "marks": rules.marks,
            "before_warning": rules.before_warning,
            "before_notice": rules.before_notice,
            "quiet": rules.quiet,
        },
        "whole_months": lives.ledger.whole_months,
        "furthest": [
            {"stage": stage.value, "callers": furthest[stage], "reached": _reached(lives, stage)}
            for stage in stages
        ],
        "callers": [
            {"number": shown(n), "stage": f.stage.value, "since": f.since, **_evidence(lives, n)}
            for n, f in fates
        ],
    }


def _reached(lives: Lives, stage: Stage) -> dict[str, int]:
    """By month: on its first day so many callers came to this stage for the first time."""
    return {m: n for (at, m), n in sorted(lives.reached.items()) if at is stage}


def _evidence(lives: Lives, number: str) -> Form:
    return {
        "months": [
            {"name": month.name, "contacts": month.contacts, "marks": month.marks}
            for month in lives.tallied(number)
        ],
        "grants": [grant.name for grant in lives.ledger.record(number).grants],
    }
