"""The engine as it is started for service, with a policy and a store of the test's own."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ivr.callers.caller import Author
from ivr.callers.changes import Change
from ivr.callers.contacts import Contact
from ivr.callers.nuisance import Stage
from ivr.callers.numbers import parse_number
from tests import ROOT
from tests.live.ami import PATIENCE
from tests.live.engine import EngineProcess
from tests.live.life import bring
from tests.ports import free_port
from tests.store.worlds import SqliteWorld

POLICIES = Path(__file__).parent / "policies"

Entry = Mapping[str, Any]
"""One line of the engine's log."""


class Engine(EngineProcess):
    """`ivr serve` in a folder of its own; `http` is where it tells of itself.

    `policy` is a file in tests/live/policies, or the sample in routes/ if it is not given: then
    `hours` are those of these days, whatever day it is (`"00:00-24:00"`, or `closed`). `module` is
    what is run, for one with a fault in it.
    """

    module = "ivr"

    def __init__(
        self,
        folder: Path,
        policy: str = "",
        *,
        hours: str = "00:00-24:00",
        port: int = 0,
        **settings: str,
    ) -> None:
        self.routes, self.store = folder / "routes", folder / "ivr.sqlite3"
        if not self.routes.exists():
            self._lay_out(policy, hours)
        self.port = port or free_port()
        self.http = f"http://127.0.0.1:{free_port()}"
        self.log: list[Entry] = []
        self._news = threading.Condition()
        flags = {
            "agi_port": self.port,
            "http_port": self.http.rpartition(":")[2],
            "routes": self.routes,
            "store": self.store,
            "lookup_deadline": "1s",
            **settings,
        }
        command = [sys.executable, "-m", self.module, "serve"]
        command += [f"--{name.replace('_', '-')}={value}" for name, value in flags.items()]
        super().__init__(
            ["sh", "-c", 'exec "$@" 2>&1', "sh", *command],
            f"127.0.0.1:{self.port}",
            '"listening"',
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _lay_out(self, policy: str, hours: str) -> None:
        if policy:
            self.routes.mkdir(parents=True)
            shutil.copy(POLICIES / policy, self.routes)
            if "\nprompts:" not in (POLICIES / policy).read_text():
                shutil.copy(ROOT / "routes" / "prompts.yaml", self.routes)
        else:
            shutil.copytree(ROOT / "routes", self.routes)
            self.set_hours(hours)

    def set_hours(self, hours: str) -> None:
        """Give the days around today these hours, by the operator's own word."""
        today = datetime.now(UTC).date()
        days = (today + timedelta(days) for days in (-1, 0, 1))
        word = f'"{hours}"' if hours[0].isdigit() else hours
        dates = ", ".join(f'"{day}": {word}' for day in days)
        self.edit("calendars.yaml", "dates: {}", f"dates: {{{dates}}}")

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the policy on disk; a reload takes it."""
        text = (self.routes / file).read_text()
        assert old in text, f"{file} does not say {old!r}"
        (self.routes / file).write_text(text.replace(old, new))

    # --- what it is told ----------------------------------------------------------------------

    def know(self, number: str, change: Change) -> None:
        """Let an operator say something of a number."""
        self.know_all({number: change})

    def know_all(self, changes: Mapping[str, Change]) -> None:
        """Let an operator say something of many numbers."""
        world = SqliteWorld(self.store)
        try:
            refused = world.run(_change_all(world, changes))
        finally:
            world.close()
        assert not any(refused), refused

    def bring(self, reached: Stage, *numbers: str) -> None:
        """Let numbers have come so far in the nuisance process, by the evidence and the steps."""
        bring(self.store, self.routes, {e164(number): reached for number in numbers})

    def hang_up(self) -> None:
        """SIGHUP: take the policy anew."""
        self._process.send_signal(signal.SIGHUP)

    def terminate(self) -> None:
        """SIGTERM: take no new calls, finish those under way, end."""
        self._process.send_signal(signal.SIGTERM)

    def wait_end(self, seconds: float = PATIENCE) -> int:
        """Wait until it has ended; its exit code."""
        return self._process.wait(seconds)

    # --- what it tells ------------------------------------------------------------------------

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Ask over HTTP: the status, and what it says."""
        request = urllib.request.Request(self.http + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        total = 0.0
        for row in self.get("/metrics")[1].splitlines():
            sample, _, value = row.rpartition(" ")
            if sample.partition("{")[0] == name and all(
                f'{key}="{text}"' in sample for key, text in labels.items()
            ):
                total += float(value)
        return total

    def wait_log(
        self, wanted: Callable[[Entry], bool], count: int = 1, seconds: float = PATIENCE
    ) -> Entry:
        """Give the `count`-th line of its log that is wanted, when it comes."""

        def found() -> list[Entry]:
            return [entry for entry in self.log if wanted(entry)]

        with self._news:
            assert self._news.wait_for(lambda: len(found()) >= count, seconds), (
                f"{len(found())} of {count} log lines within {seconds} s; it said: "
                f"{[entry['event'] for entry in self.log][-20:]}"
            )
            return found()[count - 1]

    def wait_idle(self, seconds: float = PATIENCE) -> None:
        """Wait until no session is open any more."""
        deadline = time.monotonic() + seconds
        while self.metric("ivr_sessions_active"):
            assert time.monotonic() < deadline, f"sessions are open after {seconds} s"
            time.sleep(0.05)

    def contacts(self, linkedid: str, count: int = 1) -> list[Contact]:
        """Give a call's contacts as the store has them, when so many were told."""
        self.wait_log(lambda e: (e["event"], e.get("linkedid")) == ("contact", linkedid), count)
        world = SqliteWorld(self.store)
        try:
            numbers = self.rows(
                "SELECT DISTINCT number FROM contacts WHERE linked_id = ?", linkedid
            )
            kept = [
                contact
                for (number,) in numbers
                for contact in world.run(_contacts(world, number))
                if contact.linked_id == linkedid
            ]
        finally:
            world.close()
        assert len(kept) == count, kept
        return sorted(kept, key=lambda contact: contact.ended)

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Ask the store's file itself: for contacts of withheld numbers, which nobody can list."""
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def close(self) -> None:
        """End it, whatever its state."""
        self.kill()
        self._reader.join()
        super().close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            entry = json.loads(text) if text.startswith("{") else {"event": "?", "text": text}
            with self._news:
                self.log.append(entry)
                self._news.notify_all()


async def _change_all(world: SqliteWorld, changes: Mapping[str, Change]) -> list[str | None]:
    author = Author("Ronit", "tests", time.time(), "the live tests")
    return list(
        await world.store.change_many(
            [(e164(number), change) for number, change in changes.items()], author
        )
    )


async def _contacts(world: SqliteWorld, number: str) -> list[Contact]:
    return list((await world.store.history(number)).contacts)


def e164(number: str) -> str:
    """A number as the store knows it."""
    parsed = parse_number(number, "IL")
    assert parsed is not None, number
    return parsed
