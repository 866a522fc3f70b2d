from __future__ import annotations

import pytest

from ivr.asterisk.agi import (
    AgiConnection,
    Closed,
    Event,
    Hangup,
    PeerError,
    Reply,
    Request,
    State,
)
from ivr.asterisk.agi_commands import CommandError, channel_status, mset
from ivr.asterisk.limits import Limits, Refusal

from .samples import HEADERS, OK, REQUEST, USAGE

SET = mset({"IVR_DONE": "1"})


def events(agi: AgiConnection, data: bytes) -> list[Event]:
    agi.receive(data)
    return list(iter(agi.next_event, None))


def connection(limits: Limits | None = None) -> AgiConnection:
    return AgiConnection(limits or Limits())


def asked(data: bytes = REQUEST) -> AgiConnection:
    """A connection on which a command was sent."""
    agi = connection()
    assert isinstance(events(agi, data)[0], Request)
    agi.send(SET)
    return agi


def request(data: bytes) -> Request:
    [event] = events(connection(), data)
    assert isinstance(event, Request)
    return event


def refusal(agi: AgiConnection, data: bytes) -> Refusal:
    """Why the data is refused, which is said again until the connection is dropped."""
    state = agi.state
    with pytest.raises(PeerError) as caught:
        events(agi, data)
    with pytest.raises(PeerError) as again:
        agi.next_event()
    assert str(again.value) == str(caught.value)
    assert agi.state is state
    return caught.value.reason


def test_a_request_brings_script_headers_and_arguments() -> None:
    asked_for = request(REQUEST)
    assert asked_for.script == "route"
    assert dict(asked_for.headers) == HEADERS | {
        "agi_arg_1": "linkedid=1760000000.1",
        "agi_arg_2": "system=",
    }
    assert dict(asked_for.arguments) == {"linkedid": "1760000000.1", "system": ""}


def test_headers_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        request(REQUEST).headers["agi_callerid"] = "1"  # type: ignore[index]  # that is the test


def test_lines_may_come_in_any_order_or_be_missing() -> None:
    assert request(b"agi_arg_1: state=x\nagi_network_script: next\n\n") == request(
        b"agi_network_script: next\nagi_arg_1: state=x\n\n"
    )
    assert request(b"agi_network: yes\n\n").script == ""


def test_carriage_returns_are_no_part_of_a_value() -> None:
    assert request(REQUEST.replace(b"\n", b"\r\n")) == request(REQUEST)


@pytest.mark.parametrize(
    ("lines", "script"),
    [
        (b"agi_network_script: /route/?a=b\n", "route"),
        (b"agi_request: agi://[::1]:4573/next\n", "next"),
        (b"agi_request: agi://127.0.0.1\n", ""),
        (b"agi_network_script: a/b\nagi_request: agi://h/c\n", "a/b"),
    ],
)
def test_the_script_is_the_path_of_the_url(lines: bytes, script: str) -> None:
    assert request(lines + b"\n").script == script


def test_values_keep_colons_hebrew_and_other_line_separators() -> None:
    name = "a: שלום \u2028\x85\x0b\x1c"
    assert request(f"agi_calleridname: {name}\n\n".encode()).headers["agi_calleridname"] == name


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert request(b"agi_calleridname: \xff\xd7\n\n").headers["agi_calleridname"] == "\ufffd\ufffd"


def test_arguments_that_are_no_pairs_are_ignored() -> None:
    lines = b"agi_arg_1: 1800123456\nagi_arg_2: a=b=c\nagi_arg_3: \n\n"
    assert dict(request(lines).arguments) == {"a": "b=c"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", Refusal.TLS),
        (b"\x16", Refusal.TLS),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", Refusal.GARBAGE),
        (b"\n", Refusal.GARBAGE),
        (b"agi", None),
        (b"agi.", Refusal.GARBAGE),
        (b"agi_network: yes\nHANGUP\n\n", Refusal.GARBAGE),
        (b"agi_network\n\n", Refusal.GARBAGE),
        (b"agi_a: 1\nagi_a: 2\n\n", Refusal.DOUBLED),
        (b"agi_arg_1: state=1\nagi_arg_2: state=2\n\n", Refusal.DOUBLED),
        (b"".join(b"agi_%d: x\n" % line for line in range(65)), Refusal.HEADER_LINES),
        (b"".join(b"agi_%d: x\n" % line for line in range(65)) + b"\n", Refusal.HEADER_LINES),
        (b"agi_a: " + b"x" * 16_384, Refusal.HEADER_BYTES),
        (b"agi_a: " + b"x" * 16_384 + b"\n\n", Refusal.HEADER_BYTES),
    ],
)
def test_what_is_no_request(data: bytes, reason: Refusal | None) -> None:
    if reason is None:
        assert events(connection(), data) == []
    else:
        assert refusal(connection(), data) is reason


def test_limits_are_bounds_not_averages() -> None:
    limits = Limits(header_lines=2, header_bytes=9)
    [event] = events(connection(limits), b"agi_a: \n\n")
    assert isinstance(event, Request)
    assert refusal(connection(limits), b"agi_a: x\n\n") is Refusal.HEADER_BYTES


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=1\n", Reply(200, "1", "")),
        (b"200 result=1\r\n", Reply(200, "1", "")),
        (b"200 result=0 endpos=8000\n", Reply(200, "0", "endpos=8000")),
        (b"200 result=12 (timeout)\n", Reply(200, "12", "(timeout)")),
        (b"200 result= (timeout)\n", Reply(200, "", "(timeout)")),
        (b"200 result=\n", Reply(200, "", "")),
        (b"200 result=*#\n", Reply(200, "*#", "")),
        (b"200 result=-1\n", Reply(200, "-1", "")),
        (b"200\n", Reply(200, "", "")),
        (
            b"510 Invalid or unknown command\n",
            Reply(510, "", "Invalid or unknown command"),
        ),
        (
            b"520 Invalid command syntax.  Proper usage not available.\n",
            Reply(520, "", "Invalid command syntax.  Proper usage not available."),
        ),
    ],
)
def test_replies(line: bytes, reply: Reply) -> None:
    agi = asked()
    assert events(agi, line) == [reply]
    assert agi.state is State.READY


def test_what_a_reply_tells() -> None:
    assert Reply(200, "", "(timeout)").timed_out
    assert not Reply(200, "1", "").timed_out
    assert Reply(200, "0", "endpos=8000").endpos == 8000
    assert Reply(200, "0", "").endpos is None


@pytest.mark.parametrize("key", "0123456789*#ABCD")
def test_the_key_that_ended_a_file(key: str) -> None:
    assert Reply(200, str(ord(key)), "endpos=160").key == key


@pytest.mark.parametrize("result", ["0", "-1", "", "1", "36", "٣٥", "350"])
def test_no_key_ended_the_file(result: str) -> None:
    assert Reply(200, result, "endpos=160").key == ""


def test_a_usage_text_is_one_reply() -> None:
    agi = asked()
    [reply] = events(agi, USAGE + b"HANGUP\n")[:1]
    assert isinstance(reply, Reply)
    assert reply.code == 520
    assert "Usage: GET DATA" in reply.data
    assert agi.state is State.HUNG_UP


@pytest.mark.parametrize("data", [b"hello\n", b"2000 x\n", b"abc-\n", b"52O-x\n", b"\n", b"\xff\n"])
def test_what_is_no_reply(data: bytes) -> None:
    assert refusal(asked(), data) is Refusal.REPLY


@pytest.mark.parametrize("data", [b"2" * 8192, b"520-" + b"x\n" * 4096])
def test_a_reply_without_end(data: bytes) -> None:
    assert refusal(asked(), data) is Refusal.REPLY_BYTES


def test_a_reply_that_nobody_asked_for() -> None:
    agi = connection()
    assert len(events(agi, REQUEST)) == 1
    assert refusal(agi, OK) is Refusal.REPLY


def test_a_second_reply_to_one_command() -> None:
    agi = asked()
    assert events(agi, OK) == [Reply(200, "1", "")]
    assert refusal(agi, OK) is Refusal.REPLY


def test_one_command_at_a_time() -> None:
    agi = asked()
    with pytest.raises(CommandError, match="Asterisk carries out a command"):
        agi.send(SET)
    assert agi.state is State.ASKED


def test_no_command_before_the_request() -> None:
    with pytest.raises(CommandError, match="header"):
        connection().send(SET)


def test_a_command_that_cannot_be_sent_changes_nothing() -> None:
    agi = connection()
    events(agi, REQUEST)
    with pytest.raises(CommandError, match="CR, LF or NUL"):
        agi.send(mset({"A": "x\nHANGUP"}))
    assert agi.send(channel_status()) == b"CHANNEL STATUS\n"


def test_a_hangup_while_asterisk_waits() -> None:
    agi = connection()
    assert events(agi, REQUEST + b"HANGUP\nHANGUP\n")[1:] == [Hangup(), Hangup()]
    with pytest.raises(CommandError, match="hung up"):
        agi.send(SET)


def test_a_hangup_while_a_command_is_carried_out() -> None:
    agi = asked()
    assert events(agi, b"HANGUP\n200 result=-1\nHANGUP\n") == [
        Hangup(),
        Reply(200, "-1", ""),
        Hangup(),
    ]
    assert agi.state is State.HUNG_UP


@pytest.mark.parametrize("data", [b"", REQUEST, REQUEST + b"200 resu", REQUEST + b"HANGUP\n"])
def test_the_end_of_a_connection(data: bytes) -> None:
    agi = connection()
    agi.receive(data)
    assert events(agi, b"")[-1] == Closed()
    assert agi.state is State.OVER
    assert events(agi, b"more") == []


def test_a_header_cut_short() -> None:
    agi = connection()
    assert events(agi, REQUEST[:-1]) == []
    assert refusal(agi, b"") is Refusal.HEADER_CUT


def test_untouched_until_the_first_byte() -> None:
    agi = connection()
    assert agi.is_untouched
    agi.receive(b"a")
    assert not agi.is_untouched
