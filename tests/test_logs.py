from __future__ import annotations

import ast
import gc
import io
import json
import logging
import re
import subprocess
import sys
import threading
import warnings
import weakref
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from structlog.testing import CapturingLogger
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogBeginner, Logger, LogPublisher, globalLogPublisher

from ivr.engine.interfaces import Decided
from ivr.logs import LogOptions, Throttle, decision_line, make_logger, masked, route_everything
from ivr.logs.foreign import StdlibHandler, TwistedObserver
from ivr.logs.masking import NUMBER_KEYS
from ivr.logs.pipeline import LineLogger
from ivr.policy.conditions import Asked, Verdict
from ivr.policy.model import Place, Tier
from ivr.policy.when import Field, Granted, IsOneOf, IsWithheld
from ivr.routing.steps import Action, Answer, Go, Judged, KeyPressed, LetGo, NewCall, Turn
from ivr.routing.ticket import Post, Ticket
from ivr.telling import Telling
from ivr.web.metrics import Metrics
from tests.logs.decisions.samples import policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from structlog.typing import FilteringBoundLogger
    from twisted.logger import ILogObserver

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "operating.md"
LEVELS = ("debug", "info", "warning", "error", "critical", "exception", "log")
NOW = 1_700_000_000.1239
ANI = "+972521234567"


@dataclass
class Journal:
    """Standard error, as the journal sees it."""

    options: LogOptions = field(default_factory=LogOptions)
    stream: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.log: FilteringBoundLogger = make_logger(self.options, self.stream, lambda: NOW)

    @property
    def raw(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        assert self.raw == "" or self.raw.endswith("\n")
        return [json.loads(line) for line in self.raw.splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        (line,) = self.lines
        return line


@pytest.fixture
def journal() -> Journal:
    return Journal(LogOptions(level="debug"))


# --- a line ----------------------------------------------------------------------------------


def test_a_line_has_time_level_event_and_keys_in_this_order(journal: Journal) -> None:
    journal.log.warning("store is late", ms=51, why=None)
    assert list(journal.line.items()) == [
        ("time", "2023-11-14T22:13:20.123Z"),
        ("level", "warning"),
        ("event", "store is late"),
        ("ms", 51),
        ("why", None),
    ]


def test_what_is_below_the_level_is_not_written() -> None:
    journal = Journal(LogOptions(level="warning"))
    journal.log.info("no")
    journal.log.error("yes")
    assert journal.line["event"] == "yes"


def test_bound_keys_are_in_each_line(journal: Journal) -> None:
    journal.log.bind(linkedid="a.1").info("one")
    assert journal.line["linkedid"] == "a.1"


def test_an_exception_is_one_line_with_its_traceback_in_a_key(journal: Journal) -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        journal.log.exception("it broke")
    assert journal.raw.count("\n") == 1
    assert journal.line["level"] == "error"
    assert journal.line["exception"].startswith("Traceback (most recent call last):\n")
    assert journal.line["exception"].endswith("ValueError: two\nlines")


@given(st.dictionaries(st.sampled_from(["name", "route", "detail"]), st.text()))
def test_nothing_that_is_logged_can_begin_a_line_or_speak_to_a_terminal(
    said: dict[str, str],
) -> None:
    journal = Journal(LogOptions(mask_numbers=False))
    journal.log.info("call", **said)
    assert journal.raw.count("\n") == 1
    assert journal.raw[:-1].isascii()
    assert journal.raw[:-1].isprintable()
    assert {key: journal.line[key] for key in said} == said


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("a bug in a bug's report")


def test_a_value_that_json_has_not_is_shown_somehow(journal: Journal) -> None:
    circle: list[object] = []
    circle.append(circle)
    journal.log.info("odd", nan=float("nan"), circle=circle, path=Path("/x"), bad=Unspeakable())
    assert journal.line["event"] == "odd"
    assert (journal.line["nan"], journal.line["path"]) == ("nan", "/x")
    assert journal.line["bad"] == "<Unspeakable>"


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_stream_that_fails_loses_lines_and_no_call() -> None:
    logger = LineLogger(FullDisk())
    logger.msg("one")
    closed = io.StringIO()
    closed.close()
    make_logger(LogOptions(), closed, lambda: NOW).info("two")
    assert logger.lost == 1


@given(st.text())
def test_the_console_shows_no_control_characters_of_others(text: str) -> None:
    journal = Journal(LogOptions(format="console", mask_numbers=False))
    journal.log.info("call", name=text)
    assert journal.raw.count("\n") == 1
    assert journal.raw[:-1].isprintable()


# --- numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (ANI, "+972******67"),
        ("+12025550123", "+1******23"),
        ("+442079460000", "+44******00"),
        ("0521234567", "******67"),
        ("+972-52-123-4567", "+972******67"),
        ("+9994567890", "+******90"),
        ("*611", "******"),
        ("1234567", "******"),
        ("bob", "******"),
        ("withheld", "withheld"),
        ("", "withheld"),
        (None, "withheld"),
    ],
)
def test_a_masked_number_keeps_its_country_and_two_digits(number: str | None, shown: str) -> None:
    assert masked(number) == shown


@given(st.text(alphabet="+0123456789-", min_size=1, max_size=20))
def test_a_masked_number_never_shows_more_than_five_digits(number: str) -> None:
    shown = masked(number)
    assert sum(char.isdigit() for char in shown) <= 5
    assert "******" in shown


@pytest.mark.parametrize("key", sorted(NUMBER_KEYS))
def test_each_key_that_carries_a_number_is_masked(journal: Journal, key: str) -> None:
    journal.log.info("call", **{key: ANI})
    assert journal.line[key] == "+972******67"
    assert "1234567" not in journal.raw


@pytest.mark.parametrize(
    "text", [ANI, ANI[1:], "0521234567", f"1~{ANI}~x", f"sip:{ANI}@10.0.0.1", "972521234567,b"]
)
def test_the_callers_number_is_masked_wherever_it_stands_in_his_line(
    journal: Journal, text: str
) -> None:
    journal.log.info(f"call {text}", ani=ANI, trace=["prefix", text], deep={"a": [(text,)]})
    assert "1234567" not in journal.raw
    assert journal.line["trace"][0] == "prefix"


@given(
    st.lists(st.sampled_from(["0521234567", "1234567", "+", "9", "x", "/", "\u0661"]), max_size=9)
)
def test_of_a_run_of_digits_all_goes_up_to_the_end_of_the_number(parts: list[str]) -> None:
    text = "".join(parts)
    journal = Journal()
    journal.log.info("call", ani=ANI, text=text, deep=[text])
    hidden = re.sub(r"\+?\d*1234567", "+972******67", text)
    assert (journal.line["text"], journal.line["deep"]) == (hidden, [hidden])


def test_no_pattern_is_made_for_a_caller(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re, "_compile", None)
    journal.log.info("call", ani=ANI, text=f"from {ANI}", message=f"to {ANI}")
    assert (journal.line["text"], journal.line["message"]) == (
        "from +972******67",
        "to +972******67",
    )


@given(st.integers(0, 2**32), st.floats(0, 1, exclude_max=True))
def test_the_time_is_utc_in_whole_milliseconds(second: int, part: float) -> None:
    stream = io.StringIO()
    make_logger(LogOptions(), stream, lambda: second + part).info("line")
    text = datetime.fromtimestamp(second + part, UTC).isoformat(timespec="milliseconds")
    assert json.loads(stream.getvalue())["time"] == f"{text[:-6]}Z"


@pytest.mark.parametrize("key", ["exception", "message", "detail", "state"])
def test_what_looks_like_a_number_is_masked_in_text_of_others(journal: Journal, key: str) -> None:
    text = (
        f"cannot parse '{ANI}' or 052-123-4567; linkedid 1700000000.42, line 1234, 0x7f1234567890"
    )
    journal.log.info("library", **{key: text})
    said = journal.line[key]
    assert "'+972******67'" in said
    assert "123-4567" not in said
    assert "1700000000.42, line 1234, 0x7f1234567890" in said


def test_the_settings_can_have_numbers_shown() -> None:
    journal = Journal(LogOptions(mask_numbers=False))
    journal.log.info("call", ani=ANI)
    assert journal.line["ani"] == ANI


def test_a_line_about_no_caller_is_left_alone(journal: Journal) -> None:
    journal.log.info("ready", dialled="+9721800123456", port=4573)
    assert journal.line["dialled"] == "+9721800123456"


# --- decisions -------------------------------------------------------------------------------

PLACE = Place("routes/main.yaml", 40, 3)
TRACE = [
    Judged(
        "tier", "vip", PLACE, Verdict.NO,
        (Asked(Granted(frozenset({"golden-beam"}), PLACE), Verdict.NO, "no grant"),),
    ),
    Judged(
        "route", "heavy", PLACE, Verdict.NO,
        (
            Asked(IsOneOf(Field.TIER, frozenset({"vip"}), PLACE), Verdict.YES, "vip"),
            Asked(IsWithheld(True, PLACE), Verdict.NO, "shown"),
        ),
    ),
    Judged("route", "everyone", PLACE, Verdict.YES),
]  # fmt: skip
TICKET = Ticket(
    decision="d1", policy="3f2a", first=1_700_000_000, number=ANI, dialled="+9721800123456",
    entrypoint="support", language="he", tier=Tier.VIP, topic="fault", route="everyone",
)  # fmt: skip
GO = Go(TICKET, Action.QUEUE, Answer.BEFORE, post=Post("senior"), priority=-2_500)
CALL = NewCall("d1", ANI, "+9721800123456", 1_700_000_000)
PATH = [Turn(CALL, tuple(TRACE[:2]), GO), Turn(KeyPressed("1"), tuple(TRACE[2:]), GO)]
DECIDED = Decided("a.1", False, TICKET, GO, PATH, 0.0004567, 1, "")


class Seen(str):
    """What a rule saw, of which can be known whether it is still held."""


def test_the_words_of_rules_go_with_their_policy(journal: Journal) -> None:
    seen = Seen("the first of its kind")
    judged = replace(TRACE[0], asked=(replace(TRACE[0].asked[0], saw=seen),))
    decision_line(journal.log, replace(DECIDED, path=[Turn(CALL, (judged,), GO)]))
    held = weakref.ref(seen)
    del seen, judged
    assert held() is not None
    telling = Telling(Metrics(CollectorRegistry()), journal.log, Throttle(journal.log, Clock()))
    telling.loaded(policy(), NOW)
    gc.collect()
    assert held() is None


def test_a_decision_is_one_line_that_tells_who_where_and_why(journal: Journal) -> None:
    decision_line(journal.log, DECIDED)
    line = journal.line
    assert line.pop("time")
    assert line == {
        "level": "info", "event": "decision", "decision": "d1", "linkedid": "a.1",
        "script": "route", "ani": "+972******67", "dialled": "+9721800123456",
        "entrypoint": "support", "language": "he", "topic": "fault", "tier": "vip",
        "route": "everyone", "action": "queue", "queue": "senior", "prio": -2500,
        "policy": "3f2a", "ms": 0.457, "plays": 1, "degraded": None,
        "trace": [
            "tier vip: no: granted no grant (no) @ routes/main.yaml:40:3",
            "route heavy: no: tier vip (yes), withheld shown (no) @ routes/main.yaml:40:3",
            "route everyone: yes: no condition @ routes/main.yaml:40:3",
        ],
    }  # fmt: skip


def test_a_call_that_is_let_go_says_why(journal: Journal) -> None:
    let_go = replace(DECIDED, again=True, step=LetGo(TICKET, "exhausted"), degraded="bad-state")
    decision_line(journal.log, let_go)
    line = journal.line
    assert (line["script"], line["action"], line["reason"]) == ("next", "fallback", "exhausted")
    assert line["degraded"] == "bad-state"


def test_a_withheld_number_is_withheld_in_the_log(journal: Journal) -> None:
    decision_line(journal.log, replace(DECIDED, ticket=replace(TICKET, number=None)))
    assert journal.line["ani"] == "withheld"


def test_each_key_of_a_decision_is_in_the_documentation(journal: Journal) -> None:
    decision_line(journal.log, DECIDED)
    decision_line(journal.log, replace(DECIDED, step=LetGo(TICKET, "hops")))
    written = {key for line in journal.lines for key in line} - {"time", "level", "event"}
    section = DOCS.read_text(encoding="utf-8").split("### A decision")[1].split("\n#")[0]
    rows = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert rows == written


def _events(source: Path) -> Iterator[str]:
    """The events that a module logs: the first argument of each call such as `log.info`."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=logger, attr=level),
                args=[ast.Constant(value=str(event)), *_],
            ) if level in LEVELS and ast.unparse(logger).split(".")[-1] in ("log", "_log", "often"):
                yield event


def test_each_line_that_is_logged_is_in_the_documentation() -> None:
    logged = {event for source in ROOT.glob("ivr/**/*.py") for event in _events(source)}
    assert "uncaught exception" in logged  # that the search finds any
    section = DOCS.read_text(encoding="utf-8").split("### Other lines")[1]
    rows = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    indirect = {"twisted", "python warning"}  # their level is Twisted's
    assert rows == (logged - {"decision"}) | indirect


# --- what others say -------------------------------------------------------------------------


@pytest.fixture
def twisted(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> ILogObserver:
    """Everything routed to the journal; what Twisted would publish to is the test's own."""
    publisher = LogPublisher()
    for module, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    route_everything(journal.log, LogBeginner(publisher, io.StringIO(), sys, warnings))
    return cast("ILogObserver", publisher)


def test_an_unhandled_error_of_a_deferred_is_a_line(
    journal: Journal, twisted: ILogObserver
) -> None:
    Logger(observer=twisted).failure("Unhandled error in Deferred", failure=_failure())
    line = journal.line
    assert (line["level"], line["event"]) == ("critical", "twisted")
    assert line["message"] == "Unhandled error in Deferred"
    assert "RuntimeError: no handler for +972******67" in line["exception"]


@pytest.mark.parametrize(
    "what",
    [
        "Logger(observer=TwistedObserver(None)).failure('in the loop', Failure(MemoryError()))",
        "Hooks(None).in_thread(Namespace(exc_type=MemoryError))",
        "Hooks(None).unraisable(Namespace(exc_type=MemoryError))",
        "StdlibHandler(None).emit(logging.LogRecord("
        "'asyncio', 40, '', 0, 'in the loop', None, (MemoryError, MemoryError(), None)))",
    ],
)
def test_want_of_memory_ends_the_process_whoever_caught_it(what: str) -> None:
    program = f"""
import logging
from argparse import Namespace
from ivr.logs.foreign import Hooks, StdlibHandler, TwistedObserver
from twisted.logger import Logger
from twisted.python.failure import Failure
{what}
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ran.returncode == 1
    line = json.loads(ran.stderr)
    assert (line["level"], line["event"]) == ("critical", "uncaught exception")
    assert "out of memory" in line["message"]


def test_the_last_lines_of_an_engine_that_breaks_are_written(tmp_path: Path) -> None:
    program = f"""
from ivr import cli
class Broken:
    def __init__(self, settings, policy, telling, *others):
        telling.stopping(1)
        telling.stopped()
        raise RuntimeError("no engine")
cli.Service = Broken
cli.main(["serve", "--store={tmp_path / "ivr.sqlite3"}", "--routes={ROOT / "routes"}"])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ran.returncode == 1
    events = [json.loads(line)["event"] for line in ran.stderr.splitlines()]
    assert events == ["stopping", "stopped", "uncaught exception"]


def _failure() -> Any:
    failures: list[Any] = []
    Deferred.fromCoroutine(_broken()).addErrback(failures.append)
    return failures[0]


async def _broken() -> None:
    raise RuntimeError(f"no handler for {ANI}")


def test_an_error_that_a_deferred_keeps_to_itself_is_a_line(journal: Journal) -> None:
    observer = cast("ILogObserver", TwistedObserver(journal.log))
    globalLogPublisher.addObserver(observer)
    try:
        Deferred.fromCoroutine(_broken())
        gc.collect()
    finally:
        globalLogPublisher.removeObserver(observer)
    assert {line["level"] for line in journal.lines} == {"critical"}
    assert "RuntimeError: no handler for +972******67" in str(journal.lines)
    assert "1234567" not in journal.raw


def test_twisteds_housekeeping_is_debug_and_its_warnings_are_warnings(
    journal: Journal, twisted: ILogObserver
) -> None:
    log = Logger(namespace="twisted.test", observer=twisted)
    log.info("Starting {what}", what="factory")
    log.warn("Careful")
    assert [(line["level"], line["message"], line["source"]) for line in journal.lines] == [
        ("debug", "Starting factory", "twisted.test"),
        ("warning", "Careful", "twisted.test"),
    ]


def test_a_message_with_a_bad_format_is_still_a_line(
    journal: Journal, twisted: ILogObserver
) -> None:
    Logger(observer=twisted).warn("{missing!q}")
    assert journal.line["level"] == "warning"


def test_a_python_warning_is_a_line(journal: Journal, twisted: ILogObserver) -> None:
    warnings.showwarning("old", DeprecationWarning, "x.py", 3)
    line = journal.line
    assert (line["event"], line["source"]) == ("python warning", "builtins.DeprecationWarning")
    assert "old" in line["message"]


@pytest.mark.usefixtures("twisted")
def test_a_librarys_log_is_a_line(journal: Journal) -> None:
    try:
        raise OSError("gone")
    except OSError:
        logging.getLogger("redis").exception("cannot reach %s", "redis")
    line = journal.line
    assert (line["level"], line["event"], line["source"]) == ("error", "library", "redis")
    assert line["message"] == "cannot reach redis"
    assert "OSError: gone" in line["exception"]


def test_a_librarys_bad_format_is_a_line_too(journal: Journal) -> None:
    record = logging.LogRecord("redis", logging.WARNING, "x.py", 1, "bad %d", ("format",), None)
    StdlibHandler(journal.log).emit(record)
    assert journal.line["message"] == "a record that cannot be shown"


@pytest.mark.usefixtures("twisted")
def test_what_nobody_caught_is_a_line(journal: Journal) -> None:
    error = RuntimeError("boom")
    sys.excepthook(RuntimeError, error, None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    thread = threading.Thread(target=_raise, name="writer")
    thread.start()
    thread.join()
    assert [(line["event"], line["level"]) for line in journal.lines] == [
        ("uncaught exception", "critical"),
        ("uncaught exception in a thread", "error"),
    ]
    assert journal.lines[1]["source"] == "writer"


def _raise() -> None:
    raise RuntimeError("in a thread")


# --- the same warning again ------------------------------------------------------------------


def throttled() -> tuple[Throttle, Clock, list[Mapping[str, Any]]]:
    capturing = CapturingLogger()
    clock = Clock()
    throttle = Throttle(cast("FilteringBoundLogger", capturing), clock)
    return throttle, clock, cast("list[Mapping[str, Any]]", capturing.calls)


def said(calls: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(call.args[0], call.kwargs) for call in calls]


def test_the_first_warning_is_written_at_once() -> None:
    throttle, _clock, calls = throttled()
    throttle.warning("store failed", "store-late", ms=51)
    assert said(calls) == [("store failed", {"reason": "store-late", "ms": 51})]


def test_a_hundred_a_second_are_one_line_a_second_with_a_count() -> None:
    throttle, clock, calls = throttled()
    for number in range(300):
        throttle.warning("store failed", "store-late", call=number)
        clock.advance(0.01)
    clock.advance(10)
    lines = said(calls)
    assert len(lines) <= 5
    assert sum(keys.get("repeated", 1) for _, keys in lines) == 300
    assert lines[-1][1]["call"] == 299


def test_each_reason_is_a_kind_of_its_own() -> None:
    throttle, _clock, calls = throttled()
    for reason in ("store-late", "store-failed", "store-late"):
        throttle.warning("store failed", reason)
    throttle.warning("refused", "store-late")
    assert [(event, keys["reason"]) for event, keys in said(calls)] == [
        ("store failed", "store-late"), ("store failed", "store-failed"), ("refused", "store-late"),
    ]  # fmt: skip


def test_nothing_is_left_when_the_flood_is_over() -> None:
    throttle, clock, calls = throttled()
    throttle.warning("store failed")
    clock.advance(1)
    assert clock.getDelayedCalls() == []
    throttle.warning("store failed")
    assert len(calls) == 2
