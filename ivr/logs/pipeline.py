"""How a log line is made: level, time, masking, exception, and one line of JSON.

A stream that fails loses lines, never a call; `behind.Behind` is one that nobody waits for.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import structlog
from structlog.processors import format_exc_info

from ivr.logs.masking import TEXT_KEYS, mask_keys, mask_line, mask_within, may_hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import EventDict, FilteringBoundLogger, Processor

JSON: Final = "json"


class LineStream(Protocol):
    """What lines are written to: standard error, or `behind.Behind`."""

    def write(self, line: str, /) -> object:
        """Take a line, its end included."""

    def flush(self) -> None:
        """See off at once what was written."""

    def isatty(self) -> bool:
        """Whether somebody looks on."""


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What is logged and how, in the words of the settings; `mask_key` is the key itself."""

    level: str = "info"
    format: str = JSON
    mask_numbers: bool = True
    mask_key: bytes = field(default=b"", repr=False)


def make_logger(
    options: LogOptions, stream: LineStream, now: Callable[[], float]
) -> FilteringBoundLogger:
    """A logger that writes to `stream`; `now` is the epoch in seconds. Nothing global is touched.

    The event is a constant of a few words, what varies is in keys: `log.info("decision", ...)`.
    """
    steps: list[Processor] = [_level, _timestamp(now), format_exc_info]
    if options.format == JSON:
        steps.append(_masked_json(options.mask_key) if options.mask_numbers else _json)
    else:
        steps += [_mask(options.mask_key)] if options.mask_numbers else []
        steps.append(_console(stream))
    logger = structlog.wrap_logger(
        LineLogger(stream),
        processors=steps,
        wrapper_class=structlog.make_filtering_bound_logger(options.level),
        time="", level="", event="",  # so that each line begins with them
    )  # fmt: skip
    return cast("FilteringBoundLogger", logger.bind())


class LineLogger:
    """Writes lines. `lost` counts those that the stream did not take.

    An error is seen off at once: the process may be about to end.
    """

    def __init__(self, stream: LineStream) -> None:
        self._stream = stream
        self.lost = 0

    def msg(self, line: str) -> None:
        """Write one line; the stream may gather some."""
        try:
            self._stream.write(line + "\n")
        except (OSError, ValueError):  # the disk is full, nobody reads, or the stream is closed
            self.lost += 1

    def error(self, line: str) -> None:
        """Write one line at once, and what was gathered before it."""
        self.msg(line)
        with suppress(OSError, ValueError):  # likewise
            self._stream.flush()

    debug = info = warning = msg
    critical = exception = error


def _level(_logger: object, method: str, line: EventDict) -> EventDict:
    line["level"] = "error" if method == "exception" else method
    return line


def _timestamp(now: Callable[[], float]) -> Processor:
    def add(_logger: object, _method: str, line: EventDict) -> EventDict:
        line["time"] = _time(now())
        return line

    return add


def _time(now: float) -> str:
    """UTC, with milliseconds; of the many lines of a second one reckons it."""
    part, second = math.modf(now)
    micro = round(part * 1_000_000)
    if not 0 <= micro < 1_000_000:
        second, micro = second + micro // 1_000_000, micro % 1_000_000
    return f"{_second(int(second))}.{micro // 1000:03d}Z"


@lru_cache(maxsize=4)
def _second(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat()[:-6]


def _mask(key: bytes) -> Processor:
    def mask(_logger: object, _method: str, line: EventDict) -> EventDict:
        mask_line(line, key)
        return line

    return mask


def _masked_json(key: bytes) -> Processor:
    """What `_mask` and `_json` come to one after the other.

    A number is looked for in the text of the whole line: hardly ever is it there again, and to look
    through each value takes as long as to write the line.
    """

    def render(logger: object, method: str, line: EventDict) -> str:
        if not TEXT_KEYS.isdisjoint(line):
            mask_line(line, key)
            return _json(logger, method, line)
        numbers = mask_keys(line, key)
        text = _json(logger, method, line)
        if numbers and may_hold(text, numbers):
            return _json(logger, method, cast("EventDict", mask_within(line, numbers, key)))
        return text

    return render


def _json(_logger: object, _method: str, line: EventDict) -> str:
    """One line, ASCII only: nothing that was logged can begin a line or speak to a terminal."""
    try:
        return _encode(line)
    except (TypeError, ValueError, RecursionError):
        return json.dumps({key: _text(value) for key, value in line.items()}, skipkeys=True)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # a log line must not raise, whatever is logged
        return f"<{type(value).__name__}>"


#: Made once: `json.dumps` makes an encoder for each line.
_encode: Final = json.JSONEncoder(default=_text, allow_nan=False).encode


def _console(stream: LineStream) -> Processor:
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
