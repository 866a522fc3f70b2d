"""`ivr replay`: recorded calls through a policy, or through two side by side."""

from __future__ import annotations

import gc
import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from ivr.engine.desk import DeskError
from ivr.tools.mask_key import mask_key_option
from ivr.tools.place import UsageExit
from ivr.tools.recorded.common import (
    POLICY,
    deciding_options,
    json_option,
    policy_option,
    read_policy,
    read_time,
    tell,
    write_json,
)
from ivr.tools.recorded.options import calls_options, reading
from ivr.tools.replay.form import replay_form
from ivr.tools.replay.paper import replay_text
from ivr.tools.replay.replay import Assumed, Replay
from ivr.tools.report.options import html_option, write_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.recorded.recording import Recording
    from ivr.tools.replay.form import Form

_ONE_DAY: Final = timedelta(days=1)

#: Values made between two looks for cycles: some tens of megabytes.
_ALLOCATIONS: Final = 100_000

#: What a log cannot tell, and may be taken for so.
_MARKED: Final = "marked"
_NOT_NOTED: Final = "undocumented"


@click.command("replay")
@calls_options
@policy_option
@click.option(
    "--against",
    type=POLICY,
    metavar="PATH",
    help="Another policy: who would be treated otherwise by it, and how.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Count calls from this day on; earlier ones are the callers' history.",
)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Stop after this day."
)
@deciding_options
@click.option(
    "--assume",
    type=click.Choice([_MARKED, _NOT_NOTED]),
    multiple=True,
    help="What no log tells: agents marked every answered contact; none left a note.",
)
@click.option(
    "--no-confirmations", is_flag=True, help="Nobody confirms what is due in the nuisance process."
)
@click.option("--agree", is_flag=True, help="Whoever is offered a paid line agrees to its price.")
@click.option(
    "--traces",
    is_flag=True,
    help="With --against: print what both policies looked at, for a call of each group.",
)
@json_option
@html_option
@click.option(
    "--show-numbers", is_flag=True, help="Do not mask callers' numbers in the JSON and the page."
)
@mask_key_option
def command(
    calls: Path, mapping: Path | None, utc: bool, policy: Path, against: Path | None,
    traces: bool, to_json: Path | None, html: Path | None, show_numbers: bool, mask_key: bytes,
    **options: Any,
) -> None:  # fmt: skip
    """Run recorded calls through a policy with the calls' own clock, and say where they would go.

    CALLS is Asterisk's queue_log or CDR (csv), or any table with --mapping. Each call is decided by
    what the store would have known at that moment. Nothing is kept, and nobody is called. Exits
    with 1 if a policy has problems, with 2 if something cannot be read.

    \b
    Examples:
      ivr replay /var/log/asterisk/queue_log --policy routes
      ivr replay calls.csv --mapping columns.yaml --policy routes --against /tmp/new-routes
      ivr replay calls.csv --mapping columns.yaml --against /tmp/new-routes --html report.html
    """
    one = read_policy(policy)
    other = None if against is None else read_policy(against)
    replay = _prepared(one, other, options)
    with reading(calls, zone=one.zone, region=one.region, mapping=mapping, utc=utc) as recording:
        _run(replay, _until(recording, options["until"], one.zone))
    given = (policy,) if against is None else (policy, against)
    names = tuple(map(click.format_filename, given))
    log = _log(calls, recording)
    if to_json is None or str(to_json) != "-":
        tell(replay_text(replay_form(replay, log, names, mask=False), traces=traces))
    if to_json is not None:
        form = replay_form(replay, log, names, mask=not show_numbers, key=mask_key)
        write_json(to_json, json.dumps(form, ensure_ascii=False), private=show_numbers)
    write_html(html, lambda: replay_form(replay, log, names, mask=not show_numbers, key=mask_key))


def _prepared(one: Policy, other: Policy | None, options: dict[str, Any]) -> Replay:
    assumed = Assumed(
        marked=_MARKED in options["assume"],
        noted=_NOT_NOTED not in options["assume"],
        confirms=not options["no_confirmations"],
        agrees=options["agree"],
        number=options["dialled"] or "",
        grant=options["vip_grant"],
    )
    limit = read_time(options["wait_limit"])
    since = options["since"]
    begin = float("-inf") if since is None else since.replace(tzinfo=one.zone).timestamp()
    try:
        return Replay(one, other, assumed, limit, begin)
    except DeskError as error:
        raise UsageExit(str(error)) from error


def _run(replay: Replay, calls: Iterable[RecordedCall]) -> None:
    try:
        with _rare_collections():
            replay.run(calls)
    except DeskError as error:
        raise UsageExit(str(error)) from error


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Values have no cycles to be found: looking for them as often as usual costs a twentieth."""
    usual = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _until(
    calls: Iterable[RecordedCall], last: datetime | None, zone: ZoneInfo
) -> Iterator[RecordedCall]:
    end: Instant = float("inf") if last is None else _begins(last.date() + _ONE_DAY, zone)
    for call in calls:
        if call.started >= end:
            return
        yield call


def _begins(day: date, zone: ZoneInfo) -> Instant:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def _log(calls: Path, recording: Recording) -> Form:
    tally = recording.tally
    return {
        "file": click.format_filename(calls.name),
        "form": recording.form.value,
        "rows": tally.rows,
        "left_out": tally.left_out,
        "skipped": tally.skipped,
    }
