from __future__ import annotations

import socket
from io import StringIO
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from ivr.asterisk.agi import AgiConnection, Closed, Hangup, Reply, Request
from ivr.asterisk.agi_commands import channel_status, exec_app, get_data, mset, stream_file
from ivr.asterisk.limits import Limits
from ivr.routing.onward import FIXED_DATE
from ivr.routing.ticket import Hop, Kind, Post, Ticket, encode
from ivr.tools.call import run
from ivr.tools.call_request import CallSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivr.asterisk.agi_commands import Command

FIRST = 1_760_000_000
TICKET = Ticket(
    decision="d1",
    policy="p1",
    first=FIRST,
    number="+972541111111",
    dialled="1800123456",
    hops=(
        Hop(Kind.QUEUE, 30, (Post("senior"), Post("main"))),
        Hop(Kind.QUEUE, None, (Post("team-leads"),)),
    ),
)
DECISION = {
    "IVR_ACTION": "queue",
    "IVR_QUEUE": "senior",
    "QUEUE_PRIO": str(1200 - (FIRST - FIXED_DATE)),
    "IVR_TIMEOUT": "30",
    "IVR_TIER": "vip",
    "IVR_ROUTE": "golden-beam-faults",
    "IVR_ANSWER": "before",
    "IVR_STATE": encode(TICKET),
    "CHANNEL(language)": "he",
    "IVR_DONE": "1",
}


class Engine:
    """An engine on a real port, that gives each session the commands of a script."""

    def __init__(self, script: Callable[[Request], Sequence[Command]], sessions: int = 1) -> None:
        self.requests: list[Request] = []
        self.replies: list[str] = []
        self.hangups = 0
        self._script = script
        self._port = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, args=(sessions,))

    @property
    def port(self) -> int:
        return int(self._port.getsockname()[1])

    def __enter__(self) -> Engine:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._port.close()

    def _serve(self, sessions: int) -> None:
        for _ in range(sessions):
            wire, _address = self._port.accept()
            with wire:
                self._session(wire)

    def _session(self, wire: socket.socket) -> None:
        agi = AgiConnection(Limits())
        commands: list[Command] = []
        while True:
            match agi.next_event():
                case None:
                    agi.receive(wire.recv(4096))
                    continue
                case Request() as request:
                    self.requests.append(request)
                    commands = list(self._script(request))
                case Reply() as reply:
                    self.replies.append(" ".join((reply.result, reply.data)).strip())
                case Hangup():
                    self.hangups += 1
                    continue
                case Closed():
                    return
            if not commands:
                return
            wire.sendall(agi.send(commands.pop(0)))


def call(**changes: object) -> CallSpec:
    values: dict[str, object] = {
        "ani": "0541111111",
        "dnis": "1800123456",
        "unique_id": "1760000000.1",
        "first": FIRST,
    }
    return CallSpec(**(values | changes))  # type: ignore[arg-type]  # a test's shorthand


def place(engine: Engine, spec: CallSpec) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    with engine:
        code = run("127.0.0.1", engine.port, spec, out, err)
    return code, out.getvalue() + err.getvalue()


def test_a_decision_is_told_in_words() -> None:
    code, text = place(Engine(lambda _: [mset(DECISION)]), call())
    assert code == 0
    assert "Call from 0541111111 to 1800123456" in text
    assert "queue senior" in text
    assert "20 min head start" in text
    assert "30 s, then the engine is asked again" in text
    assert "queue main, if it refuses" in text
    assert "queue team-leads" in text
    assert "\x1b[" not in text


def test_the_engine_is_asked_as_the_dialplan_asks() -> None:
    engine = Engine(lambda _: [mset(DECISION)])
    place(engine, call())
    [request] = engine.requests
    assert request.script == "route"
    assert request.headers["agi_callerid"] == "0541111111"
    assert request.headers["agi_extension"] == "1800123456"
    assert request.arguments["linkedid"] == "1760000000.1"
    assert request.arguments["first"] == str(FIRST)
    assert list(request.arguments) == [
        *("linkedid", "system", "first", "dialled", "state", "status", "waited", "hops"),
        *("pres", "privacy", "rdnis", "attest", "verify"),
    ]


def test_a_withheld_number_arrives_as_asterisk_passes_it_on() -> None:
    engine = Engine(lambda _: [mset(DECISION)])
    _, text = place(engine, call(withheld=True))
    assert engine.requests[0].headers["agi_callingpres"] == "32"
    assert engine.requests[0].arguments["privacy"] == "id"
    assert "withheld" in text


def test_commands_are_answered_as_asterisk_answers() -> None:
    commands = [
        exec_app("Answer"),
        channel_status(),
        stream_file("ivr/welcome"),
        get_data("ivr/topics", 5000, 1),
        get_data("ivr/number", 5000, 4),
        get_data("ivr/topics", 5000, 1),
        get_data("ivr/topics", 5000, 1),
        mset(DECISION),
    ]
    engine = Engine(lambda _: commands)
    code, text = place(engine, call(keys=("1", "12", "")))
    assert code == 0
    assert engine.replies == [
        *("0", "6", "0 endpos=8000", "1", "12 (timeout)", "(timeout)", "(timeout)", "0"),
    ]
    assert "hears ivr/welcome" in text
    assert "hears ivr/topics, presses 1" in text
    assert "hears ivr/topics, presses nothing" in text


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_caller_who_hangs_up(after: int) -> None:
    commands = [get_data("ivr/topics", 5000, 1)] * 3 + [mset(DECISION)]
    engine = Engine(lambda _: commands)
    code, text = place(engine, call(hangup_after=after))
    assert code == 1
    assert engine.hangups == 1
    assert engine.replies == ["(timeout)"] * after + ["-1"] * bool(after)
    assert "the caller was gone first" in text


def test_a_hangup_after_the_decision_changes_nothing() -> None:
    code, _ = place(Engine(lambda _: [mset(DECISION)]), call(hangup_after=1))
    assert code == 0


@pytest.mark.parametrize(
    "lacking",
    [{"IVR_DONE": ""}, {"IVR_ACTION": "dance"}, {"IVR_QUEUE": ""}, {"IVR_ACTION": "dial"}],
)
def test_what_the_dialplan_does_not_understand_is_no_decision(lacking: dict[str, str]) -> None:
    code, text = place(Engine(lambda _: [mset(DECISION | lacking)]), call())
    assert code == 1
    assert "fallback queue" in text


def test_an_engine_that_closes_without_a_word() -> None:
    code, text = place(Engine(lambda _: []), call())
    assert code == 1
    assert "fallback queue" in text
    assert "allowed" in text


def test_going_on_when_the_queue_gave_up() -> None:
    later = DECISION | {"IVR_QUEUE": "team-leads", "IVR_TIMEOUT": ""}
    engine = Engine(lambda request: [mset(later if request.script == "next" else DECISION)], 2)
    code, text = place(engine, call(next_status="TIMEOUT"))
    assert code == 0
    assert engine.requests[1].arguments["state"] == DECISION["IVR_STATE"]
    assert engine.requests[1].arguments["status"] == "TIMEOUT"
    assert engine.requests[1].arguments["waited"] == "30"
    assert engine.requests[1].arguments["hops"] == "1"
    assert "The queue gave up: TIMEOUT after 30 s" in text
    assert "until somebody answers" in text


def test_the_first_decision_does_not_speak_for_the_second() -> None:
    engine = Engine(lambda request: [] if request.script == "next" else [mset(DECISION)], 2)
    code, _ = place(engine, call(next_status="TIMEOUT"))
    assert code == 1


def test_no_engine_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    out, err = StringIO(), StringIO()
    assert run("127.0.0.1", port, call(), out, err) == 2
    assert len(err.getvalue().splitlines()) == 1
    assert f"no engine answers at 127.0.0.1:{port}" in err.getvalue()
    assert "make run" in err.getvalue()


def test_an_engine_that_hangs_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.tools.call._SILENCE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as hung:
        out, err = StringIO(), StringIO()
        assert run("127.0.0.1", hung.getsockname()[1], call(), out, err) == 2
    assert "said nothing" in err.getvalue()
