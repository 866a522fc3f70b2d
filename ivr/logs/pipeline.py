"""How a log line is made: level, time, masking, exception, and one line of JSON.

A line is written at once, by whoever logs: the journal's socket takes it without waiting. A stream
that fails loses lines, never a call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import structlog
from structlog.processors import format_exc_info

from ivr.logs.masking import mask_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from structlog.typing import EventDict, FilteringBoundLogger, Processor

JSON: Final = "json"


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What is logged and how, in the words of the settings."""

    level: str = "info"
    format: str = JSON
    mask_numbers: bool = True


def make_logger(
    options: LogOptions, stream: TextIO, now: Callable[[], float]
) -> FilteringBoundLogger:
    """A logger that writes to `stream`; `now` is the epoch in seconds. Nothing global is touched.

    The event is a constant of a few words, what varies is in keys: `log.info("decision", ...)`.
    """
    steps: list[Processor] = [_level, _timestamp(now), format_exc_info]
    if options.mask_numbers:
        steps.append(_mask)
    steps.append(_render_json if options.format == JSON else _console(stream))
    logger = structlog.wrap_logger(
        LineLogger(stream),
        processors=steps,
        wrapper_class=structlog.make_filtering_bound_logger(options.level),
    )
    return cast("FilteringBoundLogger", logger.bind())


class LineLogger:
    """Writes lines. `lost` counts those that the stream did not take."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = 0

    def msg(self, line: str) -> None:
        """Write one line at once."""
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # the disk is full, nobody reads, or the stream is closed
            self.lost += 1

    debug = info = warning = error = critical = exception = msg


def _level(_logger: object, method: str, line: EventDict) -> EventDict:
    line["level"] = "error" if method == "exception" else method
    return line


def _timestamp(now: Callable[[], float]) -> Processor:
    def add(_logger: object, _method: str, line: EventDict) -> EventDict:
        text = datetime.fromtimestamp(now(), UTC).isoformat(timespec="milliseconds")
        line["time"] = f"{text[:-6]}Z"
        return line

    return add


def _mask(_logger: object, _method: str, line: EventDict) -> EventDict:
    mask_line(line)
    return line


def _render_json(_logger: object, _method: str, line: EventDict) -> str:
    """One line, ASCII only: nothing that was logged can begin a line or speak to a terminal."""
    first = {key: line.pop(key) for key in ("time", "level", "event")}
    try:
        return json.dumps({**first, **line}, default=_text, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        whole = {key: _text(value) for key, value in line.items()}
        return json.dumps({**first, "event": _text(first["event"]), **whole}, skipkeys=True)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # a log line must not raise, whatever is logged
        return f"<{type(value).__name__}>"


def _console(stream: TextIO) -> Processor:
    renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="time")

    def render(logger: Any, method: str, line: EventDict) -> str:
        safe = {key: _printable(key, value) for key, value in line.items()}
        return str(renderer(logger, method, safe))

    return render


def _printable(key: str, value: object) -> object:
    """A text whose control characters are written out, but for the lines of a traceback."""
    if not isinstance(value, str) or value.isprintable():
        return value
    if key == "exception":
        return "\n".join(str(_printable("", part)) for part in value.splitlines())
    return repr(value)
