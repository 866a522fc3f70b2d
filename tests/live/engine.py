"""An engine as a process of its own, to be stopped, killed and frozen."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence

from tests.ports import free_port


class EngineProcess:
    """A running engine; `address` is where it listens. `ready` is what it prints when it does.

    `inside` is a command that runs it elsewhere, such as in a namespace.
    """

    inside: Sequence[str] = ()

    def __init__(self, command: Sequence[str], address: str, ready: str) -> None:
        self.address = address
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *self.inside, *command],
            text=True,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            if ready in line:
                return
            said.append(line)
        self.close()
        raise AssertionError(f"{command} ended before it said {ready!r}: {''.join(said)}")

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Let it hang: it still has its connections, and says nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it, whatever its state."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def wooden(queue: str) -> EngineProcess:
    """Start the engine of wood, which sends everybody to one queue."""
    port = free_port()
    return EngineProcess(
        [sys.executable, "-m", "tests.live.double", str(port), queue], f"127.0.0.1:{port}", "ready"
    )
