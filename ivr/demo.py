"""A first look: the engine in this folder, with three callers to try. Never part of `ivr serve`."""

from __future__ import annotations

import getpass
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant, OpenCase, RefusedError, SetMark
from ivr.callers.numbers import parse_number
from ivr.settings import Settings
from ivr.store.opening import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.callers.changes import Change
    from ivr.service import Service

STORE: Final = Path("var/ivr.sqlite3")

#: Each with what makes the caller what he is.
SAMPLES: Final[tuple[tuple[str, str, Change], ...]] = (
    ("0541111111", "VIP", GiveGrant("golden-beam")),
    ("0542222222", "senior-required", OpenCase("sample", None, complex=True)),
    ("0543333333", "nuisance", SetMark("nuisance")),
)


def settings(given: Settings) -> Settings:
    """The settings given, with the store in this folder unless another was named."""
    if given.store != Settings().store:
        return given
    return replace(given, store=STORE.absolute())


def greet(service: Service, say: Callable[[str], object]) -> None:
    """Load the samples, then tell where everything is and what to try next."""
    Deferred.fromCoroutine(_greet(service, say))


async def _greet(service: Service, say: Callable[[str], object]) -> None:
    for number, _, change in SAMPLES:
        await _load(service, number, change)
    settings, agi, http = service.settings, service.agi_port, service.http_port
    say(f"""
The engine listens for Asterisk on {settings.agi_address}:{agi} (FastAGI)
Metrics and health      http://{settings.http_address}:{http}/
Policy                  {settings.routes.absolute()} (edit, then: kill -HUP, or curl -X POST \
http://{settings.http_address}:{http}/-/reload)
Data                    {_where(settings.store)}
Sample callers          {", ".join(f"{number} ({tier})" for number, tier, _ in SAMPLES)}; \
everyone else is regular

Try next, in a second terminal:
  .venv/bin/ivr call --from 0541111111 --to 1800123456{_engine(agi)}
  .venv/bin/ivr call --from 0521234567 --to 1800123456 --keys 1{_engine(agi)}
  .venv/bin/ivr caller --store {settings.store} show 0541111111
  .venv/bin/ivr explain --store {settings.store} --last 1
Ctrl-C stops the engine.
""")


def _where(store: Path | str) -> str:
    return str(store.absolute()) if isinstance(store, Path) else shown(store)


async def _load(service: Service, number: str, change: Change) -> None:
    author = Author("make run", getpass.getuser(), time.time(), "a sample caller")
    e164 = parse_number(number, service.policies.current.region)
    if e164 is None:
        return
    known = await service.store.history(e164)
    if known.journal:
        return  # a second start finds its data again, and what was done with it since
    try:
        await service.store.change(e164, change, author)
    except RefusedError:
        return


def _engine(port: int) -> str:
    return "" if port == Settings().agi_port else f" --engine 127.0.0.1:{port}"
