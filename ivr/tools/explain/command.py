"""`ivr explain`: why a call went where it went."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from ivr.callers.nuisance import Stage
from ivr.engine.policies import load_checked
from ivr.policy.problems import Problems
from ivr.settings import Settings
from ivr.settings.options import settings_options
from ivr.settings.secret import SecretError, read_key
from ivr.tools.explain import kept, madeup
from ivr.tools.explain.drawing import Pen
from ivr.tools.explain.known import Supposed
from ivr.tools.explain.tree import tree
from ivr.tools.place import RefusedExit, UsageExit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ivr.logs.decisions import Form
    from ivr.policy.model import Policy
    from ivr.settings import Loaded

_STAGES: Final = (Stage.OBSERVED.value, Stage.WARNED.value, Stage.PAID.value)
#: How many decisions are shown where nothing is said.
_FEW: Final = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says. `caller` is --from; `to` makes the call up."""

    id: str | None
    last: int | None
    caller: str | None
    route: str | None
    to: str | None
    keys: str | None
    at: str | None
    grant: tuple[str, ...]
    case: str | None
    contacts: int | None
    stage: str | None
    withheld: bool
    forwarded_by: str | None
    next: tuple[str, ...]
    blank: bool
    as_json: bool


@click.command("explain")
@click.argument("id", required=False)
@click.option("--last", type=click.IntRange(1, 100_000), metavar="N", help="The last N decisions.")
@click.option("--from", "caller", metavar="NUMBER", help="The caller's number, or withheld.")
@click.option("--route", metavar="NAME", help="Only decisions for this route.")
@click.option("--to", metavar="NUMBER", help="Make a call to this number up.")
@click.option("--keys", metavar="1,2", help="Made up: what is pressed, question by question.")
@click.option("--at", metavar="TIME", help='Made up: when, such as "2026-11-27 12:00".')
@click.option("--grant", multiple=True, metavar="NAME", help="Made up: the caller holds it.")
@click.option("--case", type=click.Choice(["complex", "simple"]), help="Made up: an open case.")
@click.option("--contacts", type=click.IntRange(0, 9999), metavar="N", help="Made up: of today.")
@click.option("--stage", type=click.Choice(_STAGES), help="Made up: of the nuisance process.")
@click.option("--withheld", is_flag=True, help="Made up: the caller does not show the number.")
@click.option("--forwarded-by", metavar="NUMBER", help="Made up: who forwarded the call to us.")
@click.option("--next", multiple=True, metavar="STATUS", help="Made up: then the queue gives up.")
@click.option("--blank", is_flag=True, help="Made up: do not look into the store.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for machines.")
@settings_options("decisions", "store", "routes", "mask_key")
def command(loaded: Loaded, **given: Any) -> None:
    """Say why a call went where it went: each condition, what it saw, and where it is written.

    ID is a decision's, as in the log and in IVR_DECISION, or the linkedid of Asterisk. Without
    it, the last decision that engines kept; with --to a call is made up, and decided by the policy
    as it lies in routes now, for a caller as the store knows him, and as the flags say beside
    that. Nothing is written.

    \b
    Examples:
      ivr explain 3f2a94d1c07b5e68
      ivr explain --last 20 --from 0541111111 --route golden-beam
      ivr explain --from 0541111111 --to 1800123456 --keys 1 --at "2026-11-27 12:00"
      ivr explain --from 0521234567 --to 1800123456 --grant golden-beam --next TIMEOUT
    """
    asked = Asked(**given)
    settings = loaded.settings
    forms = _made_up(asked, settings) if asked.to is not None else _kept(asked, settings)
    _print(forms, as_json=asked.as_json)


# --- decisions that are kept -------------------------------------------------------------------


def _kept(asked: Asked, settings: Settings) -> Iterable[Form]:
    _refuse_flags_of_made_up_calls(asked)
    folder = settings.decisions_folder
    if asked.id is not None:
        if asked.last is not None or asked.caller is not None or asked.route is not None:
            raise UsageExit("give an ID, or --last with --from and --route")
        return kept.by_id(folder, asked.id)
    number = "" if asked.caller is None else kept.number_of(asked.caller, _region(settings))
    return kept.last(
        folder, asked.last or _FEW, kept.Filter(number, asked.route or "", _key(settings))
    )


def _refuse_flags_of_made_up_calls(asked: Asked) -> None:
    said = {
        "--keys": asked.keys, "--at": asked.at, "--grant": asked.grant, "--case": asked.case,
        "--contacts": asked.contacts, "--stage": asked.stage, "--withheld": asked.withheld,
        "--forwarded-by": asked.forwarded_by, "--next": asked.next, "--blank": asked.blank,
    }  # fmt: skip
    for flag, value in said.items():
        if value is not None and value is not False and value != ():
            raise UsageExit(f"{flag} is for a made-up call: say with --to which number is dialled")


def _key(settings: Settings) -> bytes:
    try:
        return read_key(settings.mask_key)
    except SecretError as error:
        raise UsageExit(f"mask_key: {error}") from error


def _region(settings: Settings) -> str:
    """The policy's country; kept decisions can be read with a policy that is being mended."""
    policy = load_checked(settings.routes)
    return "ZZ" if isinstance(policy, Problems) else policy.region


# --- a made-up call ----------------------------------------------------------------------------


def _made_up(asked: Asked, settings: Settings) -> Iterable[Form]:
    if asked.id is not None or asked.last is not None or asked.route is not None:
        raise UsageExit("--to makes a call up: leave ID, --last and --route out")
    if asked.withheld == (asked.caller is not None):
        raise UsageExit("a made-up call has --from NUMBER or --withheld")
    policy = _policy(settings.routes)
    at = time.time() if asked.at is None else madeup.moment(asked.at, policy.zone)
    return madeup.decisions(policy, _call(asked, settings), at)


def _call(asked: Asked, settings: Settings) -> madeup.MadeUp:
    supposed = Supposed(
        asked.grant, asked.case or "", asked.contacts or 0,
        None if asked.stage is None else Stage(asked.stage),
    )  # fmt: skip
    if asked.withheld and supposed != Supposed():
        raise UsageExit("of a withheld number nothing is known: leave --withheld out")
    keys = tuple(key.strip() for key in (asked.keys or "").split(",") if key.strip())
    return madeup.MadeUp(
        asked.caller or "", asked.to or "", asked.forwarded_by or "", keys, supposed,
        None if asked.withheld else _store(asked, settings), asked.next,
    )  # fmt: skip


def _store(asked: Asked, settings: Settings) -> Path | str | None:
    """Where to look; a machine without an engine has no store, and nothing is known there."""
    store = settings.store
    if asked.blank:
        return None
    if store == Settings().store and not os.path.lexists(store):
        click.echo(f"there is no store at {store}: nothing is known of the caller", err=True)
        return None
    return store


def _policy(routes: Path) -> Policy:
    policy = load_checked(routes)
    if isinstance(policy, Problems):
        click.echo(str(policy), err=True)
        raise RefusedExit("the policy has problems: mend them, then `ivr check` says so")
    return policy


# --- paper ---------------------------------------------------------------------------------------


def _print(forms: Iterable[Form], *, as_json: bool) -> None:
    if as_json:
        for form in forms:
            click.echo(json.dumps(form))
        return
    _draw(forms, _pen())


def _draw(forms: Iterable[Form], pen: Pen) -> None:
    """One tree after the other; a decision that makes no sense hides none of the others."""
    drawn = damaged = 0
    for form in forms:
        try:
            shown = tree(form, pen)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            why = f"the decision {form.get('decision')} cannot be shown: look at it with --json"
            click.echo(pen.safe(why), err=True)
            damaged += 1
            continue
        click.echo(f"\n{shown}" if drawn else shown)
        drawn += 1
    if damaged and not drawn:
        raise RefusedExit("none of them could be shown")


def _pen() -> Pen:
    """Lines and colours as the terminal can show them; no colours in a pipe."""
    try:
        "├└│─▶".encode(sys.stdout.encoding or "ascii")
        plain = False
    except (UnicodeEncodeError, LookupError):
        plain = True
    return Pen(plain, colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
