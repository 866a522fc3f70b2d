"""An engine in a process of its own, and what can be done to a process."""

from __future__ import annotations

import io
import os
import resource
import socket
import struct
import subprocess
import time
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.tools.call import run
from ivr.tools.call_request import Asking, CallSpec, request
from tests.live.ami import PATIENCE
from tests.live.real import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.live.real import Entry

DIALLED = "1800800001"
"""The number of tests/live/policies/load.yaml, which has no menu: a call is one decision."""
REGULAR, VIP = "0521234567", "0541111111"

REFUSED = "connection refused"

_CALLS = count(1)


class Faulty(Engine):
    """An engine to which things are done; its policy is load.yaml unless told otherwise.

    One number may call as often as a test likes, unless that is what is tested.
    """

    def __init__(
        self,
        folder: Path,
        policy: str = "load.yaml",
        *,
        port: int = 0,
        inside: Sequence[str] = (),
        **settings: str,
    ) -> None:
        self.inside = inside
        super().__init__(folder, policy, port=port, **{"calls_per_number": "1000000", **settings})

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def has_ended(self) -> bool:
        """Whether the process is gone: it may take a moment to be so."""
        try:
            self.wait_end(1)
        except subprocess.TimeoutExpired:
            return False
        return True

    def call(self, number: str = REGULAR, dialled: str = DIALLED) -> Entry:
        """Place a call as Asterisk does, and give the log's line of its decision."""
        said = io.StringIO()
        spec = a_call(number, dialled)
        code = run("127.0.0.1", self.port, spec, said, said)
        assert code == 0, said.getvalue()
        return self.decision(spec)

    def decision(self, call: CallSpec) -> Entry:
        """The log's line of a call's decision."""
        return self.wait_log(
            lambda e: (e["event"], e.get("linkedid")) == ("decision", call.unique_id)
        )

    def is_undecided(self, number: str = REGULAR) -> bool:
        """Place a call, and say whether it is left to the dialplan: closed, and not kept waiting.

        `ivr call` gives up after as many seconds as the dialplan does, and then says so.
        """
        said = io.StringIO()
        return run("127.0.0.1", self.port, a_call(number), said, said) == 1

    def report(self, number: str = REGULAR) -> bool:
        """Report the end of a call as the dialplan does; whether the engine took it."""
        call = a_call(number)
        lines = [f"agi_request: agi://127.0.0.1/ended\nagi_uniqueid: {call.unique_id}"]
        told = {"linkedid": call.unique_id, "system": "pbx", "first": call.first, "queue": "q"}
        lines += [f"agi_arg_{at}: {name}={told[name]}" for at, name in enumerate(told, 1)]
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as wire:
            wire.sendall("\n".join(["agi_network: yes", *lines, "", ""]).encode())
            heard = wire.recv(4096)
            wire.sendall(b"200 result=1\n")
        return b"IVR_DONE=1" in heard

    def header(self, number: str = REGULAR) -> bytes:
        """What Asterisk sends first of a new call."""
        return request("127.0.0.1", self.port, a_call(number), Asking())

    def refused(self, reason: str) -> Entry:
        """The log's line of a connection that was turned away or cut for this reason."""
        return self.wait_log(lambda e: (e["event"], e.get("reason")) == (REFUSED, reason))

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Ask again and again: what is asked has no event of its own to be waited for."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"

    def limited(self, what: int, bound: int) -> AbstractContextManager[None]:
        """Bound what the process may have, as `ulimit` does, until the end of the context."""
        return limited(self.pid, what, bound)


@contextmanager
def limited(pid: int, what: int, bound: int) -> Iterator[None]:
    """Bound a process that runs already; lifted at the end if it still lives."""
    before, hard = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (bound, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, what, (before, hard))


def a_call(number: str = REGULAR, dialled: str = DIALLED) -> CallSpec:
    """A call with an id of its own."""
    now = int(time.time())
    return CallSpec(number, dialled, f"{now}.{next(_CALLS)}", now)


class FalseClock:
    """A wall clock that can be set: what processes started with it take for the time of day.

    Real clocks are one for the whole machine, so it is put in front of `time.time`; the clock that
    only ever counts on (`time.monotonic`) is left alone, as it is by whoever sets a clock.
    """

    _SITE = """
import mmap, os, struct, time
_file = open(os.environ["FALSE_CLOCK"], "rb")
_offset, _real = mmap.mmap(_file.fileno(), 8, prot=mmap.PROT_READ), time.time
time.time = lambda: _real() + struct.unpack("d", _offset[:8])[0]
"""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._offset = folder / "offset"
        self.set_by(0.0)
        (folder / "sitecustomize.py").write_text(self._SITE)
        monkeypatch.setenv("FALSE_CLOCK", str(self._offset))
        monkeypatch.setenv("PYTHONPATH", str(folder))

    def set_by(self, seconds: float) -> None:
        """From now on it is so many seconds later (or earlier) than it is."""
        with closing(os.fdopen(os.open(self._offset, os.O_RDWR | os.O_CREAT, 0o600), "r+b")) as f:
            f.write(struct.pack("d", seconds))
