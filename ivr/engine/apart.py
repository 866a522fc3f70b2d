"""Reads a policy in a process of its own, so that no call waits for it.

The YAML parser's C code holds the interpreter for as long as a file takes, a second or two for one
of ten thousand routes; a thread would not help. Run as `python -m ivr.engine.apart PATH`.

The process runs the files that are on the disk then. If those were exchanged since the engine
started, what it sends would be misunderstood: so it says first what it is made of.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import Cooperator, deferLater
from typing_extensions import override

import ivr
from ivr.engine.parcel import PIECE, Opening, TornError, pack
from ivr.engine.policies import load_checked
from ivr.policy.index import indexed
from ivr.policy.model import Place, Policy
from ivr.policy.problems import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.python.failure import Failure

    from ivr.policy.model import Route


def _program(folder: Path = Path(ivr.__file__).parent) -> bytes:
    """What this program is made of: a digest of its files."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.rglob("*.py")):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(folder)} {len(text)}\n".encode() + text)
    return digest.digest()


#: Of the files that are running, as far as one can know: those that lay there at the start.
PROGRAM: Final = _program()
#: Seconds that reading may take; ten thousand routes take three.
PATIENCE: Final = 120.0
#: Of what the process complained of, the end is what tells.
_COMPLAINT: Final = 2000
_POLITE: Final = 10
_TRY_AGAIN: Final = "see that the machine has memory and processes to spare, and load it again"


async def load_apart(path: Path, reactor: Any) -> Policy | Problems:
    """The policy at `path`, or all that is wrong with it; also that it could not be read at all."""
    try:
        parcel = await _parcel(path, reactor)
    except ChildError as error:
        return _unread(path, str(error))
    await deferLater(reactor, 0)  # what is left of the process is garbage by then
    if not parcel.startswith(PROGRAM):
        return _unread(path, "the engine's program was exchanged since it started", "restart it")
    return await _open(parcel[len(PROGRAM) :], path, reactor)


async def _parcel(path: Path, reactor: Any) -> bytes:
    reading = Reading()
    # -P, and the engine's own way to its modules: none is taken from the folder that it runs in.
    command = [sys.executable, "-P", "-m", "ivr.engine.apart", str(path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        child = reactor.spawnProcess(reading, command[0], command, env)
    except OSError as error:
        raise ChildError(f"no process can be started to read it ({error.strerror})") from error
    patience = reactor.callLater(PATIENCE, _give_up, child)
    try:
        return await reading.over
    finally:
        if patience.active():
            patience.cancel()


class ChildError(Exception):
    """The process that was to read the policy did not do so."""


class Reading(ProcessProtocol):
    """The reading process, as this one sees it: `over` fires with its parcel, or `ChildError`."""

    def __init__(self) -> None:
        self.over: Deferred[bytes] = Deferred()
        self._parcel: list[bytes] = []
        self._complaint = b""

    @override
    def outReceived(self, data: bytes) -> None:
        """A part of the parcel."""
        self._parcel.append(data)

    @override
    def errReceived(self, data: bytes) -> None:
        """A complaint."""
        self._complaint = (self._complaint + data)[-_COMPLAINT:]

    @override
    def processEnded(self, reason: Failure) -> None:
        """It is over, well or not."""
        if reason.check(ProcessDone):
            self.over.callback(b"".join(self._parcel))
            return
        last = self._complaint.decode(errors="replace").strip().splitlines()[-1:]
        why = last or [reason.getErrorMessage()]
        self.over.errback(ChildError(f"the process that reads it failed: {why[0]}"))


async def _open(parcel: bytes, path: Path, reactor: Any) -> Policy | Problems:
    """A piece for each turn of the reactor: calls come between."""
    opening = Opening(parcel)
    turns = _turns(reactor)
    gc.collect()  # what is garbage now would be set aside below, for good
    gc.disable()  # a collection amid so many new objects would take longer than many pieces
    try:
        await turns.coiterate(iter(opening))
    except TornError as error:
        return _unread(path, str(error))
    finally:
        gc.freeze()  # a policy stays: going through it again and again would hold calls up as well
        gc.enable()
    assert opening.found is not None  # noqa: S101 - it was opened to its end
    return opening.found


async def let_go(policy: Policy, reactor: Any) -> None:
    """Let go of a policy that is in force no more, unless somebody else holds it, in pieces too.

    All routes at once would hold calls up as opening them would.
    """
    routes = list(policy.routes)
    del policy
    await _turns(reactor).coiterate(_emptied(routes))


def _emptied(routes: list[Route]) -> Iterator[None]:
    while routes:
        del routes[-PIECE:]
        yield


def _turns(reactor: Any) -> Cooperator:
    """Does a piece, then lets calls come."""
    return Cooperator(lambda: lambda: True, lambda turn: reactor.callLater(0, turn))


def _give_up(child: Any) -> None:
    child.signalProcess("KILL")


def _unread(path: Path, why: str, instead: str = _TRY_AGAIN) -> Problems:
    return Problems((Problem(Place(str(path), 1, 1), why, instead),))


def main() -> None:
    """Read the policy that the command line names; write it to the standard output."""
    os.nice(_POLITE)  # calls go first
    gc.disable()  # it ends soon
    loaded = load_checked(Path(sys.argv[1]))
    if isinstance(loaded, Policy):
        loaded = indexed(loaded)
    sys.stdout.buffer.write(PROGRAM + pack(loaded))


if __name__ == "__main__":
    main()
