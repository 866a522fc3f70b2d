from __future__ import annotations

from ipaddress import ip_network

import pytest
from twisted.internet.defer import CancelledError, Deferred, gatherResults

from ivr.asterisk.agi import Reply
from ivr.asterisk.agi_commands import CommandError, get_data, mset, stream_file
from ivr.asterisk.fastagi import HungUp, Session, SessionOver
from ivr.asterisk.limits import Limits, Refusal

from .exchange import Exchange, silent
from .samples import OK, REQUEST

DECISION = mset({"IVR_ACTION": "queue", "IVR_DONE": "1"})
SENT = b'EXEC MSet "IVR_ACTION=queue,IVR_DONE=1"\n'


async def decide(session: Session) -> None:
    await session.command(DECISION)


def test_a_decision_is_one_command_and_its_reply_is_awaited() -> None:
    exchange = Exchange(decide)
    line = exchange.line()
    line.send(REQUEST)
    assert line.heard == [SENT]
    assert not line.closes()
    line.send(OK)
    assert line.closes()
    line.close()
    assert exchange.notes.inside == 0
    assert exchange.notes.refusals == []
    assert exchange.notes.failures == []


def test_byte_by_byte() -> None:
    exchange = Exchange(decide)
    line = exchange.line()
    for byte in REQUEST + OK:
        line.send(bytes([byte]))
    assert line.heard == [SENT]
    assert line.closes()
    assert exchange.notes.refusals == []


def test_the_handler_sees_the_request_and_each_reply() -> None:
    seen: list[object] = []

    async def handler(session: Session) -> None:
        seen.append((session.peer, session.request.script))
        seen.append(await session.command(stream_file("welcome")))
        seen.append(await session.command(get_data("topics", 5000, 1)))

    line = Exchange(handler).line()
    line.send(REQUEST)
    line.send(b"200 result=0 endpos=8000\n")
    line.send(b"200 result=2\n")
    assert seen == [
        ("127.0.0.1", "route"),
        Reply(200, "0", "endpos=8000"),
        Reply(200, "2", ""),
    ]
    assert line.heard == [b'STREAM FILE "welcome" ""\n', b'GET DATA "topics" "5000" "1"\n']


def endings(exchange_of: type[Exchange] = Exchange) -> tuple[Exchange, list[BaseException]]:
    """An exchange whose handler notes how its commands end, twice."""
    seen: list[BaseException] = []

    async def handler(session: Session) -> None:
        for _ in range(2):
            try:
                await session.command(DECISION)
            except SessionOver as over:
                seen.append(over)

    return exchange_of(handler), seen


def test_a_hangup_ends_the_command_that_runs_and_those_that_follow() -> None:
    exchange, seen = endings()
    line = exchange.line()
    line.send(REQUEST)
    line.send(b"HANGUP\n")
    assert [type(over) for over in seen] == [HungUp, HungUp]
    assert line.closes()
    line.send(b"200 result=-1\nHANGUP\n")
    line.close()
    assert exchange.notes.refusals == []


def test_a_closed_connection_ends_them_too() -> None:
    exchange, seen = endings()
    line = exchange.line()
    line.send(REQUEST)
    line.close()
    assert [type(over) for over in seen] == [SessionOver, SessionOver]
    assert exchange.notes.refusals == []
    assert exchange.notes.failures == []


def test_a_handler_that_lets_the_end_through_did_not_fail() -> None:
    exchange = Exchange(decide)
    line = exchange.line()
    line.send(REQUEST + b"HANGUP\n")
    assert line.closes()
    assert exchange.notes.failures == []


@pytest.mark.parametrize("error", [RuntimeError("a bug"), CommandError("too long")])
def test_a_handler_that_raises_is_told_of_and_the_connection_closed(error: Exception) -> None:
    async def handler(session: Session) -> None:
        raise error

    exchange = Exchange(handler)
    line = exchange.line()
    line.send(REQUEST)
    assert line.closes()
    assert line.heard == []
    [(script, failure)] = exchange.notes.failures
    assert script == "route"
    assert failure.value is error


def test_a_command_that_cannot_be_sent_leaves_the_session_usable() -> None:
    async def handler(session: Session) -> None:
        with pytest.raises(CommandError):
            await session.command(mset({"A": "x\n"}))
        await session.command(DECISION)

    line = Exchange(handler).line()
    line.send(REQUEST)
    assert line.heard == [SENT]


def test_two_commands_at_once_are_refused() -> None:
    async def handler(session: Session) -> None:
        await gatherResults([session.command(DECISION), session.command(DECISION)])

    exchange = Exchange(handler)
    line = exchange.line()
    line.send(REQUEST)
    assert line.heard == [SENT]
    assert isinstance(exchange.notes.failures[0][1].value, CommandError)


def test_the_reply_to_a_command_given_up_is_dropped() -> None:
    resume: Deferred[None] = Deferred()

    async def handler(session: Session) -> None:
        given_up = session.command(DECISION)
        given_up.cancel()
        with pytest.raises(CancelledError):
            await given_up
        await resume
        await session.command(stream_file("welcome"))

    exchange = Exchange(handler)
    line = exchange.line()
    line.send(REQUEST)
    line.send(OK)
    resume.callback(None)
    assert line.heard == [SENT, b'STREAM FILE "welcome" ""\n']
    assert exchange.notes.refusals == []


def test_connect_and_close_is_a_probe() -> None:
    exchange = Exchange()
    exchange.line().close()
    assert exchange.notes.reasons == ["probe"]
    assert exchange.notes.inside == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", "garbage"),
        (b"\x16\x03\x01", "tls"),
        (b"agi_x: 1\n" * 2 + b"\n", "doubled"),
        (b"agi_x: 1\n" * 65, "header-lines"),
        (b"agi_x" + b"x" * 20_000, "header-bytes"),
    ],
)
def test_strangers_are_cut_off_with_one_line(data: bytes, reason: str) -> None:
    exchange = Exchange()
    line = exchange.line()
    line.send(data)
    assert line.aborted()
    line.send(data)
    line.close()
    exchange.clock.advance(1000)
    assert exchange.notes.reasons == [reason]
    assert exchange.notes.inside == 0
    assert not exchange.clock.getDelayedCalls()


def test_a_header_cut_short_is_told_of() -> None:
    exchange = Exchange()
    line = exchange.line()
    line.send(REQUEST[:50])
    line.close()
    assert exchange.notes.reasons == ["header-cut"]


def test_a_slow_sender_has_five_seconds_for_the_whole_header() -> None:
    exchange = Exchange()
    line = exchange.line()
    for byte in REQUEST[:9]:
        exchange.clock.advance(0.5)
        line.send(bytes([byte]))
    assert not line.aborted()
    exchange.clock.advance(0.5)
    assert line.aborted()
    assert exchange.notes.reasons == ["header-time"]


def test_the_header_in_time_lets_the_session_take_longer() -> None:
    waiting: Deferred[None] = Deferred()

    async def handler(session: Session) -> None:
        await waiting

    exchange = Exchange(handler)
    line = exchange.line()
    line.send(REQUEST)
    exchange.clock.advance(1000)
    assert not line.closes()
    waiting.callback(None)
    assert line.closes()


def test_a_reply_that_never_comes() -> None:
    exchange, seen = endings()
    line = exchange.line()
    exchange.clock.advance(1)
    line.send(REQUEST)
    exchange.clock.advance(119)
    assert not line.aborted()
    exchange.clock.advance(1)
    assert line.aborted()
    assert [str(over) for over in seen] == ["cut off: reply-time"] * 2
    assert exchange.notes.reasons == ["reply-time"]


def test_each_command_has_its_own_time() -> None:
    async def handler(session: Session) -> None:
        for _ in range(3):
            await session.command(DECISION)

    line = (exchange := Exchange(handler)).line()
    line.send(REQUEST)
    for _ in range(3):
        exchange.clock.advance(119)
        line.send(OK)
    assert line.closes()
    assert not line.aborted()


def test_a_peer_that_never_reads_is_dropped() -> None:
    exchange = Exchange()
    line = exchange.line()
    line.send(REQUEST)
    assert line.closes()
    exchange.clock.advance(5)
    assert line.aborted()
    assert exchange.notes.reasons == ["close-time"]


def test_what_comes_after_the_end_is_not_read() -> None:
    exchange = Exchange()
    line = exchange.line()
    line.send(REQUEST + b"garbage\n")
    line.send(b"garbage\n" * 100)
    assert not line.aborted()
    assert exchange.notes.refusals == []


def test_an_answer_that_is_none_ends_the_command() -> None:
    exchange, seen = endings()
    line = exchange.line()
    line.send(REQUEST)
    line.send(b"what?\n")
    assert line.aborted()
    assert len(seen) == 2
    assert exchange.notes.reasons == ["reply"]


def test_the_detail_of_a_refusal_shows_nothing_of_the_caller() -> None:
    exchange = Exchange()
    exchange.line().send(REQUEST.replace(b"agi_callerid: 0521234567", b"0521234567"))
    exchange.line().send(REQUEST.replace(b"agi_rdnis: unknown", b"agi_callerid: 0521234567"))
    assert exchange.notes.reasons == ["garbage", "doubled"]
    assert "0521234567" not in "".join(exchange.notes.details)


def test_strangers_are_turned_away_before_a_byte_is_read() -> None:
    exchange = Exchange(limits=Limits(networks=(ip_network("192.0.2.0/24"),)))
    assert exchange.dial("198.51.100.1") is None
    assert exchange.notes.refusals == [("198.51.100.1", Refusal.NETWORK)]
    assert exchange.dial("192.0.2.1")
    assert exchange.notes.inside == 1


def test_connections_at_once_are_bounded_in_all_and_by_address() -> None:
    exchange = Exchange(limits=Limits(connections=3, connections_per_address=2))
    first = exchange.line("127.0.0.1")
    exchange.line("127.0.0.1")
    assert exchange.dial("127.0.0.1") is None
    exchange.line("127.0.0.2")
    assert exchange.dial("127.0.0.3") is None
    assert exchange.notes.reasons == ["address", "connections"]
    first.close()
    assert exchange.dial("127.0.0.3")


def test_who_waited_too_long_is_turned_away_at_once_while_all_do() -> None:
    exchange = Exchange(decide, Limits(lag=0.5))
    exchange.waited = 0.7
    first = exchange.line()
    first.send(REQUEST)
    assert first.heard, "once is no overload"
    exchange.clock.advance(0.4)
    late = exchange.line()
    late.send(REQUEST)
    assert late.heard == []
    assert late.closes()
    assert not late.aborted()
    assert exchange.notes.reasons == ["late"]
    assert exchange.factory.lag == 0.7
    first.send(OK)
    exchange.waited = 0.1
    in_time = exchange.line()
    in_time.send(REQUEST)
    assert in_time.heard, "it keeps up again"


def test_a_flood_of_one_number_is_turned_away_and_its_reports_are_not() -> None:
    handled: list[str] = []

    async def handler(session: Session) -> None:
        handled.append(session.request.script)

    exchange = Exchange(handler, Limits(calls_per_number=2))
    for script in (b"route", b"route", b"route", b"next", b"ended"):
        line = exchange.line()
        line.send(REQUEST.replace(b"route", script))
        assert line.closes()
        assert not line.aborted()
    assert handled == ["route", "route", "next", "ended"]
    assert exchange.notes.reasons == ["number"]
    exchange.clock.advance(31)
    exchange.line().send(REQUEST)
    assert handled[-1] == "route"


def test_draining_waits_for_connections_and_for_handlers() -> None:
    stored: Deferred[None] = Deferred()

    async def handler(session: Session) -> None:
        await stored

    exchange = Exchange(handler)
    line = exchange.line()
    drained: list[None] = []
    exchange.factory.drain().addCallback(drained.append)
    line.send(REQUEST)
    line.close()
    assert drained == []
    stored.callback(None)
    assert drained == [None]


def test_draining_waits_for_the_connection_when_the_handler_is_done() -> None:
    exchange = Exchange(silent)
    line = exchange.line()
    line.send(REQUEST)
    drained: list[None] = []
    exchange.factory.drain().addCallback(drained.append)
    assert drained == []
    line.close()
    assert drained == [None]


def test_an_idle_port_is_drained_at_once() -> None:
    drained: list[None] = []
    exchange = Exchange()
    exchange.factory.drain().addCallback(drained.append)
    exchange.factory.drain().addCallback(drained.append)
    assert drained == [None, None]


def test_a_session_leaves_no_timer_behind() -> None:
    exchange = Exchange(decide)
    line = exchange.line()
    line.send(REQUEST)
    line.send(OK)
    line.close()
    assert not exchange.clock.getDelayedCalls()
