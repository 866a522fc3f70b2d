"""What Twisted, Python and libraries have to say, in the same stream and form as our own lines."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Final, NoReturn, cast

from twisted.logger import LogLevel, formatEvent, globalLogBeginner

if TYPE_CHECKING:
    from types import TracebackType

    from structlog.typing import FilteringBoundLogger
    from twisted.logger import ILogObserver, LogBeginner, LogEvent

#: Twisted's `info` tells of its own housekeeping: it is our `debug`.
_LEVELS: Final = {
    LogLevel.debug: "debug",
    LogLevel.info: "debug",
    LogLevel.warn: "warning",
    LogLevel.error: "error",
    LogLevel.critical: "critical",
}


_STANDARD_ERROR: Final = 2
#: Made beforehand: when it is needed there is no memory to make it.
_LAST_LINE: Final = (
    b'{"level": "critical", "event": "uncaught exception",'
    b' "message": "out of memory: the engine ends, and whoever watches it starts it again"}\n'
)


def end_for_want_of_memory() -> NoReturn:
    """End at once, without another object made.

    An engine that goes on after it had no memory goes on with half of itself: the port no longer
    read, or the store's thread gone. One that has ended is started again within a second.
    """
    os.write(_STANDARD_ERROR, _LAST_LINE)
    os._exit(1)


def route_everything(log: FilteringBoundLogger, beginner: LogBeginner = globalLogBeginner) -> None:
    """Send Twisted's log, warnings, stdlib logging and what nobody caught to `log`. Call once."""
    observer = cast("ILogObserver", TwistedObserver(log))  # zope says nothing to a type checker
    beginner.beginLoggingTo([observer], redirectStandardIO=False)
    root = logging.getLogger()
    root.handlers[:] = [StdlibHandler(log)]
    hooks = Hooks(log)
    sys.excepthook = hooks.uncaught
    sys.unraisablehook = hooks.unraisable
    threading.excepthook = hooks.in_thread


class TwistedObserver:
    """Takes events of twisted.logger, an unhandled error in a Deferred among them."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log

    def __call__(self, event: LogEvent) -> None:
        """See `ILogObserver`."""
        failure = event.get("log_failure")
        if failure is not None and failure.check(MemoryError):
            end_for_want_of_memory()
        namespace = str(event.get("log_namespace", ""))
        keys: dict[str, object] = {"message": formatEvent(event), "source": namespace}
        if failure is not None:
            keys["exception"] = failure.getTraceback()
        if "warning" in event:
            keys["source"] = str(event.get("category"))
        said = "python warning" if "warning" in event else "twisted"
        getattr(self._log, _LEVELS.get(event.get("log_level"), "error"))(said, **keys)


class StdlibHandler(logging.Handler):
    """Takes records of the standard library's logging: asyncio, and libraries."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        try:
            keys: dict[str, object] = {"message": record.getMessage(), "source": record.name}
            if record.exc_info and record.exc_info[0]:
                if issubclass(record.exc_info[0], MemoryError):
                    end_for_want_of_memory()
                keys["exc_info"] = record.exc_info
            self._log.log(record.levelno, "library", **keys)
        except Exception:  # as logging itself does: a bad format must not break who logs
            self._log.error("library", message="a record that cannot be shown", source=record.name)


class Hooks:
    """Python's last words."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log

    def uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """An exception that ends the process; Ctrl-C is none."""
        if not issubclass(kind, KeyboardInterrupt):
            self._log.critical("uncaught exception", exc_info=(kind, error, trace))

    def unraisable(self, args: sys.UnraisableHookArgs) -> None:
        """An exception where none can be raised, such as in `__del__`."""
        if issubclass(args.exc_type, MemoryError):
            end_for_want_of_memory()
        info = (args.exc_type, args.exc_value, args.exc_traceback)
        self._log.error("unraisable exception", message=args.err_msg or "", exc_info=info)

    def in_thread(self, args: threading.ExceptHookArgs) -> None:
        """An exception that ends a thread."""
        if issubclass(args.exc_type, MemoryError):
            end_for_want_of_memory()
        name = args.thread.name if args.thread else ""
        info = (args.exc_type, args.exc_value, args.exc_traceback)
        self._log.error("uncaught exception in a thread", source=name, exc_info=info)
