"""`ivr replay`: recorded calls through a policy, or through two side by side."""

from __future__ import annotations

import gc
import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ivr.engine.desk import DeskError
from ivr.engine.policies import load_checked
from ivr.policy.problems import Problems
from ivr.policy.reading.values import seconds
from ivr.tools.place import RefusedExit, UsageExit
from ivr.tools.recorded.options import calls_options, reading
from ivr.tools.replay.form import replay_form
from ivr.tools.replay.paper import replay_text
from ivr.tools.replay.replay import Assumed, Replay
from ivr.tools.report.options import html_option, write_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.recorded.recording import Recording
    from ivr.tools.replay.form import Form

_POLICY: Final = click.Path(exists=True, path_type=Path)
_ONE_DAY: Final = timedelta(days=1)

#: Values made between two looks for cycles: some tens of megabytes.
_ALLOCATIONS: Final = 100_000

#: What a log cannot tell, and may be taken for so.
_MARKED: Final = "marked"
_NOT_NOTED: Final = "undocumented"


@click.command("replay")
@calls_options
@click.option(
    "--policy",
    "policies",
    type=_POLICY,
    default=Path("routes"),
    show_default=True,
    metavar="PATH",
    help="The policy, a file or a folder.",
)
@click.option(
    "--against",
    type=_POLICY,
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
@click.option(
    "--wait-limit",
    default="3m",
    show_default=True,
    metavar="TIME",
    help="Count calls that waited longer (90s, 3m).",
)
@click.option(
    "--dialled",
    metavar="NUMBER",
    help="Where the log tells no number dialled [default: the first of the policy's]",
)
@click.option(
    "--vip-grant",
    metavar="NAME",
    help="The grant of callers whom the mapping takes for VIPs [default: the only one]",
)
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
@click.option(
    "--json",
    "to_json",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write every figure as JSON (-: to standard output, instead of tables).",
)
@html_option
@click.option(
    "--show-numbers", is_flag=True, help="Do not mask callers' numbers in the JSON and the page."
)
def command(
    calls: Path, mapping: Path | None, utc: bool, policies: Path, against: Path | None,
    traces: bool, to_json: Path | None, html: Path | None, show_numbers: bool, **options: Any,
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
    one = _policy(policies)
    other = None if against is None else _policy(against)
    replay = _prepared(one, other, options)
    with reading(calls, zone=one.zone, region=one.region, mapping=mapping, utc=utc) as recording:
        _run(replay, _until(recording, options["until"], one.zone))
    names = (str(policies),) if against is None else (str(policies), str(against))
    log = _log(calls, recording)
    if to_json is None or str(to_json) != "-":
        _print(replay_form(replay, log, names, mask=False), traces=traces)
    if to_json is not None:
        _write(to_json, replay_form(replay, log, names, mask=not show_numbers))
    write_html(html, lambda: replay_form(replay, log, names, mask=not show_numbers))


def _prepared(one: Policy, other: Policy | None, options: dict[str, Any]) -> Replay:
    assumed = Assumed(
        marked=_MARKED in options["assume"],
        noted=_NOT_NOTED not in options["assume"],
        confirms=not options["no_confirmations"],
        agrees=options["agree"],
        number=options["dialled"] or "",
        grant=options["vip_grant"],
    )
    limit = seconds(options["wait_limit"])
    if limit is None:
        raise UsageExit(f"{options['wait_limit']!r} is no time: write 90s, 3m or 1h")
    since = options["since"]
    begin = float("-inf") if since is None else since.replace(tzinfo=one.zone).timestamp()
    try:
        return Replay(one, other, assumed, limit, begin)
    except DeskError as error:
        raise UsageExit(str(error)) from error


def _policy(path: Path) -> Policy:
    policy = load_checked(path)
    if isinstance(policy, Problems):
        click.echo(str(policy), err=True)
        raise RefusedExit(f"the policy in {path} has problems: mend them, then `ivr check` says so")
    return policy


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
        "file": calls.name,
        "form": recording.form.value,
        "rows": tally.rows,
        "left_out": tally.left_out,
        "skipped": tally.skipped,
    }


def _print(form: Form, *, traces: bool) -> None:
    for line in replay_text(form, traces=traces):
        click.echo(line)


def _write(path: Path, form: Form) -> None:
    try:
        with click.open_file(str(path), "w", encoding="utf-8") as file:
            json.dump(form, file, ensure_ascii=False)
            file.write("\n")
    except OSError as error:
        raise RefusedExit(f"{path} cannot be written: {error.strerror}") from error
