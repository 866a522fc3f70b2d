"""How `ivr call` prints a call, for a person to read; in colour on a terminal only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ivr.tools.decision import in_words, is_decided

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from ivr.tools.call_request import Asking, CallSpec
    from ivr.tools.channel import Turn


class Paper:
    """Writes the dialogue and the decision."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def title(self, call: CallSpec) -> None:
        """Who calls whom."""
        withheld = " (number withheld)" if call.withheld else ""
        self._write(_bold(f"Call from {call.ani or 'nobody'}{withheld} to {call.dnis}"))

    def asks(self, host: str, port: int, asking: Asking) -> None:
        """The question to the engine."""
        if asking.status:
            self._headline(f"The queue gave up: {asking.status} after {asking.waited} s")
        self.says(f"Asterisk asks agi://{host}:{port}/{asking.script}")

    def turn(self, turn: Turn) -> None:
        """A command of the engine and what came of it."""
        self.says(f"{turn.told:<44} " + click.style(_shortened(turn.command), dim=True))

    def says(self, text: str) -> None:
        """A line of the dialogue."""
        self._write(f"  {text}")

    def end(self, variables: Mapping[str, str], first: int, *, gone: bool) -> None:
        """What was decided, or that nothing was."""
        if is_decided(variables):
            self._headline("Decision", "green")
            for name, value in in_words(variables, first):
                self.says(f"{name:<12} {value}")
        elif gone:
            self._headline("No decision: the caller was gone first", "yellow")
        else:
            self._headline("No decision: the dialplan takes the fallback queue", "red")
            self.says("is this address allowed to ask? what does the engine's log say?")

    def _headline(self, text: str, colour: str | None = None) -> None:
        self._write("")
        self._write(_bold(text, colour))

    def _write(self, text: str) -> None:
        click.echo(text, file=self._out)  # which takes the colours out unless it is a terminal


def _bold(text: str, colour: str | None = None) -> str:
    return click.style(text, bold=True, fg=colour)


def _shortened(command: str, length: int = 60) -> str:
    return command if len(command) <= length else command[: length - 1] + "…"
