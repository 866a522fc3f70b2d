"""`ivr`: every command, put together. What they do lives in `service` and `tools`."""

from __future__ import annotations

import atexit
import faulthandler
import secrets
import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred

from ivr import __version__, demo
from ivr.engine.policies import load_checked
from ivr.logs import Behind, LogOptions, Throttle, make_logger, route_everything
from ivr.logs.decisions import Bounds, Kept, Segments
from ivr.notify import supervisor
from ivr.policy.index import indexed
from ivr.policy.problems import Problems
from ivr.reactors import Turning, install
from ivr.service import Service, ServiceError
from ivr.settings.options import settings_options
from ivr.settings.secret import SecretError, read_key
from ivr.telling import Losses, Telling
from ivr.tools import callers, contacts, nuisance, stores
from ivr.tools.call import run as place_call
from ivr.tools.call_request import CallSpec
from ivr.tools.checking import command as check
from ivr.tools.compact import compact
from ivr.tools.erase import erase
from ivr.tools.explain.command import command as explain
from ivr.tools.graph.command import command as graph
from ivr.tools.place import Place
from ivr.tools.policytest.command import command as policytest
from ivr.tools.printing import ended_by_code, escape_letters, open_closed, seen_off
from ivr.tools.prompts import prompts
from ivr.tools.replay.command import command as replay
from ivr.tools.schema import command as schema
from ivr.tools.simulate.command import command as simulate
from ivr.web.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import FilteringBoundLogger

    from ivr.logs.pipeline import LineStream
    from ivr.policy.model import Policy
    from ivr.settings import Loaded, Settings


#: Seconds for the last lines of the log, before the process ends without them.
_LAST_LINES = 2.0


class _Commands(click.Group):
    """Sees that all that a command prints comes through, or says that it did not."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """See that there is something to print on, and run the command."""
        open_closed()
        escape_letters()
        with ended_by_code():
            return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read what is asked; help is printed at once."""
        with seen_off():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with seen_off():
            return super().invoke(ctx)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ivr")
def main() -> None:
    """An IVR routing engine that stands next to Asterisk."""


@main.command()
@settings_options()
def serve(loaded: Loaded) -> None:
    """Run the engine until it is stopped (SIGTERM, Ctrl-C). SIGHUP loads the policy anew.

    \b
    Example:
      ivr serve --store /var/lib/ivr/ivr.sqlite3 --routes /etc/ivr/routes
    """
    for warning in loaded.warnings:
        click.echo(f"ivr: {warning}", err=True)
    _run(loaded.settings, lambda _: None)


@main.command("demo")
@settings_options("agi_port", "http_port", "store", "routes")
def demo_command(loaded: Loaded) -> None:
    """Run the engine here with three sample callers, for a first look: what `make run` does.

    \b
    Example:
      ivr demo --agi-port 0
    """
    settings = demo.settings(loaded.settings)
    _run(settings, lambda service: demo.greet(service, click.echo))


@main.command()
@click.option("--from", "ani", required=True, metavar="NUMBER", help="The caller's number.")
@click.option("--to", "dnis", required=True, metavar="NUMBER", help="The number dialled.")
@click.option("--keys", default="", metavar="1,2", help="What is pressed, question by question.")
@click.option("--hangup-after", type=click.IntRange(0), metavar="N", help="Hang up so early.")
@click.option("--withheld", is_flag=True, help="The caller does not show the number.")
@click.option("--next", "status", metavar="STATUS", help="Go on as if the queue gave up: TIMEOUT.")
@click.option("--engine", default="127.0.0.1:4573", show_default=True, metavar="HOST:PORT")
def call(
    ani: str,
    dnis: str,
    keys: str,
    hangup_after: int | None,
    withheld: bool,
    status: str | None,
    engine: str,
) -> None:
    """Play Asterisk's side of one call against a running engine, and print how it went.

    \b
    Examples:
      ivr call --from 0541111111 --to 1800123456
      ivr call --from 0521234567 --to '*611' --keys 1 --next TIMEOUT
    """
    host, _, port = engine.rpartition(":")
    if not host or not port.isdecimal():
        raise click.BadParameter("write HOST:PORT, such as 127.0.0.1:4573", param_hint="--engine")
    now = time.time()
    spec = CallSpec(
        ani=ani, dnis=dnis, unique_id=f"{int(now)}.{secrets.randbelow(10**6)}", first=int(now),
        keys=tuple(part.strip() for part in keys.split(",") if part.strip()),
        hangup_after=hangup_after, withheld=withheld, next_status=status,
    )  # fmt: skip
    sys.exit(place_call(host.strip("[]"), int(port), spec, sys.stdout, sys.stderr))


main.add_command(check)
main.add_command(explain)
main.add_command(prompts)
main.add_command(graph)
main.add_command(policytest)
main.add_command(replay)
main.add_command(schema)
main.add_command(simulate)


def _mount(group: click.Group) -> None:
    """Mount commands that need the store and the names that the policy declares."""

    @main.group(group.name, commands=group.commands, help=group.help)
    @settings_options("store", "routes")
    @click.pass_context
    def at_place(context: click.Context, loaded: Loaded) -> None:
        if not _only_help():
            context.obj = _place(loaded.settings, _policy(loaded.settings))


callers.caller.add_command(erase)
stores.store.add_command(compact)
for each in (callers.caller, contacts.contact, contacts.contacts, nuisance.nuisance):
    _mount(each)


@main.group("store", commands=stores.store.commands, help=stores.store.help)
@settings_options("store")
@click.pass_context
def store_commands(context: click.Context, loaded: Loaded) -> None:
    """Give the commands their store; a backup needs no policy."""
    context.obj = _place(loaded.settings, None)


def _only_help() -> bool:
    return bool({"--help", "-h"} & set(sys.argv))


def _place(settings: Settings, policy: Policy | None) -> Place:
    store = str(settings.store)
    if policy is None:
        return Place(store, "ZZ", ZoneInfo("UTC"), (), ())
    return Place(
        store, policy.region, policy.zone, policy.topics, policy.grants, policy.nuisance,
        policy.retention_days,
    )  # fmt: skip


def _policy(settings: Settings) -> Policy:
    """The policy, or every problem of it and exit code 1."""
    policy = load_checked(settings.routes)
    if isinstance(policy, Problems):
        click.echo(str(policy), err=True)
        click.echo("ivr: the policy has problems: mend them, then `ivr check` says so", err=True)
        raise click.exceptions.Exit(1)
    return policy


def _run(settings: Settings, started: Callable[[Service], None]) -> None:
    faulthandler.enable()  # a watchdog that aborts us learns where we hung
    turning, metrics = install(), Metrics(CollectorRegistry())
    reactor = turning.reactor
    behind = Behind(sys.stderr, metrics.log_lines_lost)
    atexit.register(behind.close, _LAST_LINES)  # last: what ends the process is a line too
    telling = _telling(settings, turning, metrics, behind)
    policy = indexed(_policy(settings))
    try:
        service = Service(settings, policy, telling, turning, supervisor())
        service.start()
    except ServiceError as error:
        raise click.ClickException(str(error)) from None
    _obey(service, reactor)
    reactor.callWhenRunning(service.serving)
    reactor.callWhenRunning(started, service)
    reactor.run()


def _telling(settings: Settings, turning: Turning, metrics: Metrics, stream: LineStream) -> Telling:
    key = _mask_key(settings)
    options = LogOptions(settings.log_level, settings.log_format, settings.mask_numbers, key)
    log = make_logger(options, stream, time.time)
    route_everything(log)
    metrics.build(__version__)
    kept = _kept(settings, metrics, log, turning, key)
    return Telling(metrics, log, Throttle(log, turning.reactor), kept)


def _kept(
    settings: Settings, metrics: Metrics, log: FilteringBoundLogger, turning: Turning, key: bytes
) -> Kept | None:
    """What keeps decisions for `ivr explain`, unless the settings say not to."""
    folder = settings.decisions_folder
    if folder is None:
        return None
    bounds = Bounds(settings.decisions_bytes, settings.decisions_for)
    files = Segments(folder, bounds, partial(secrets.token_hex, 4))
    told = Losses(metrics, log)
    mask, deliver = settings.mask_numbers, turning.deliver
    return Kept(files, told, time.time, deliver, mask=mask, key=key)


def _mask_key(settings: Settings) -> bytes:
    try:
        return read_key(settings.mask_key)
    except SecretError as error:
        raise click.ClickException(f"mask_key: {error}") from None


def _obey(service: Service, reactor: Any) -> None:
    """Signals: HUP loads the policy anew; TERM and INT stop, once, and let calls finish."""
    told: list[int] = []

    def stop(number: int, _frame: object) -> None:
        told.append(number)
        if len(told) == 1:
            reactor.callFromThread(reactor.stop)

    def reload(_number: int, _frame: object) -> None:
        reactor.callFromThread(lambda: Deferred.fromCoroutine(service.reload()))

    def listen() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        signal.signal(signal.SIGHUP, reload)

    reactor.callWhenRunning(listen)  # the reactor has handlers of its own, set as it starts
    reactor.addSystemEventTrigger(
        "before", "shutdown", lambda: Deferred.fromCoroutine(service.stop())
    )
