"""However a call ends, /ended is told once a conversation, and nobody waits on the line for it."""

from __future__ import annotations

import itertools

import pytest

from tests.live.ami import Event
from tests.live.double import Answer, Session, decision, queue
from tests.live.engine import wooden
from tests.live.line import Line, lasted, seconds_between

SOUND = "pls-hold-while-try"


def told(session: Session) -> dict[str, str]:
    """Give what matters of a report: how it went, as values a person would compare."""
    names = ("queue", "status", "agent", "abandoned", "transfer", "to", "by")
    return {name: session.get(name) for name in names if session.get(name)}


def _once(line: Line, joined: Event) -> None:
    assert len(line.log(joined, "IVRENDED")) == 1


# Hang-ups. ------------------------------------------------------------------------------------


def test_in_a_prompt_of_the_engine(line: Line) -> None:
    def plays(session: Session) -> None:
        session.command("ANSWER")
        session.command(f'STREAM FILE "{SOUND}" ""')

    line.engine.answers["route", line.dialled] = plays
    call = line.call()
    call.ear.wait_loud()
    call.hang_up()
    call.wait_over()
    ended = line.engine.wait("ended", line.dialled)
    assert told(ended) == {"by": "caller"}
    assert ended.get("state") == ""


def test_in_a_prompt_of_the_dialplan(line: Line) -> None:
    name = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(name, IVR_PROMPT=f"{SOUND}&{SOUND}")
    call = line.call()
    call.ear.wait_loud()
    call.hang_up()
    ended = line.engine.wait("ended", line.dialled)
    assert told(ended) == {"by": "caller", "queue": name}
    assert (ended.get("hold"), ended.get("talk"), ended.get("state")) == ("0", "0", "1~test")


def test_in_the_queue(line: Line) -> None:
    name = line.queue("deaf")
    line.engine.answers["route", line.dialled] = queue(name)
    call = line.call()
    joined = line.joined(name)
    call.ear.wait_loud(60)
    call.hang_up()
    ended = line.engine.wait("ended", line.dialled)
    assert told(ended) == {"queue": name, "by": "caller", "abandoned": "1"}
    assert lasted(ended.get("hold"), joined, line.gone(joined))
    assert ended.get("talk") == "0"
    assert ended.get("uniqueid") == joined["Uniqueid"]
    _once(line, joined)


@pytest.mark.parametrize("who", ["caller", "agent"])
def test_while_talking(line: Line, who: str) -> None:
    name = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(name)
    call = line.call()
    joined, connected = line.joined(name), line.connected(name)
    call.ear.wait_loud(60)
    call.hang_up() if who == "caller" else line.agent_hangs_up(connected)
    call.wait_over()
    ended = line.engine.wait("ended", line.dialled)
    assert told(ended) == {"queue": name, "agent": f"Agent {name} 0", "by": who}
    assert ended.get("agent_interface") == f"Local/stay_{name}_0@agents/n"
    assert lasted(ended.get("talk"), connected, line.parted(connected))
    assert lasted(ended.get("hold"), joined, connected)
    assert [row[3] for row in line.log(joined, "IVRENDED")] == [f"Agent {name} 0"]
    _once(line, joined)


def test_nothing_is_billed_or_counted_for_a_report(line: Line) -> None:
    name = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(name)
    call = line.call()
    joined = line.joined(name)
    line.connected(name)
    call.hang_up()
    line.engine.wait("ended", line.dialled)
    line.cdr(joined)
    assert "ivr-report" not in line.asterisk.read("cdr-csv/Master.csv")


@pytest.mark.parametrize(
    ("name", "told_as"),
    [
        ("דנה לוי", "דנה לוי"),
        ("O'Brien + 50% ~ ^here^ & there", "O'Brien + 50% ~ ^here^ & there"),
        ("Levi, Dana", "Levi"),
        ("Levi (team lead", "Levi team lead"),
        ('the "other" one', "the other one"),
    ],
)
def test_an_agents_name_never_breaks_a_report(line: Line, name: str, told_as: str) -> None:
    service = line.queue()
    line.agent(service, f"Local/brief_{service}@agents/n", name)
    line.engine.answers["route", line.dialled] = queue(service)
    call = line.call()
    joined = line.joined(service)
    call.wait_over()
    ended = line.engine.wait("ended", line.dialled)
    assert told(ended) == {"queue": service, "agent": told_as, "by": "agent"}
    assert [row[3] for row in line.log(joined, "IVRENDED")] == [told_as]


def test_an_agent_on_a_local_channel_that_steps_aside(line: Line) -> None:
    name = line.queue()
    line.agent(name, f"Local/stay_{name}@relay", "Relayed")
    line.engine.answers["route", line.dialled] = queue(name)
    call = line.call()
    connected = line.connected(name)
    call.ear.wait_loud(100)
    call.hang_up()
    ended = line.engine.wait("ended", line.dialled)
    assert told(ended) == {"queue": name, "agent": "Relayed", "by": "caller"}
    assert lasted(ended.get("talk"), connected, line.gone(connected))


# Transfers. -----------------------------------------------------------------------------------


def _two_conversations(first: str, second: str) -> Answer:
    """Send a new call to one queue, and one that comes back with its state to another."""

    def answer(session: Session) -> None:
        back = bool(session.get("state"))
        queue(
            second if back else first,
            IVR_DECISION="d2" if back else "d1",
            IVR_STATE="1~two" if back else "1~one",
            IVR_QUEUE_OPTIONS="t",
        )(session)

    return answer


def test_blind_to_an_extension(line: Line) -> None:
    name = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(name)
    call = line.call()
    joined, connected = line.joined(name), line.connected(name)
    call.ear.wait_loud(60)
    line.transfer(connected, "2001")
    line.talking("stay_2001")
    call.ear.wait_loud(110)
    call.hang_up()
    ended = line.engine.wait("ended", line.dialled)
    assert told(ended) == {
        "queue": name,
        "agent": f"Agent {name} 0",
        "transfer": "blind",
        "to": "2001",
        "status": "ANSWER",
    }
    assert lasted(ended.get("talk"), connected, line.parted(connected))
    assert lasted(ended.get("talk2"), line.parted(connected), line.gone(joined))
    assert "stay_2001" in ended.get("peer")
    _once(line, joined)


def test_blind_back_into_the_ivr(line: Line) -> None:
    one, two = line.queue("stay"), line.queue("stay")
    line.engine.answers["route", line.dialled] = _two_conversations(one, two)
    call = line.call()
    joined, connected = line.joined(one), line.connected(one)
    call.ear.wait_loud(60)
    line.transfer(connected, line.dialled)
    second = line.connected(two)
    call.ear.wait_loud(110)
    line.agent_hangs_up(second)
    call.wait_over()
    reports = [line.engine.wait("ended", line.dialled, number) for number in (1, 2)]
    assert [told(report) for report in reports] == [
        {"queue": one, "agent": f"Agent {one} 0", "transfer": "blind", "to": line.dialled},
        {"queue": two, "agent": f"Agent {two} 0", "by": "agent"},
    ]
    assert [report.get("state") for report in reports] == ["1~one", "1~two"]
    assert {report.get("linkedid") for report in reports} == {joined["Linkedid"]}
    assert lasted(reports[0].get("talk"), connected, line.parted(connected))
    assert lasted(reports[1].get("talk"), second, line.parted(second))
    again = line.engine.wait("route", line.dialled, 2)
    assert again.get("first") == reports[0].get("first")
    assert [row[5] for row in line.log(joined, "IVRENDED")] == ["d1", "d2"]


def test_blind_into_another_number_keeps_the_first(line: Line) -> None:
    one = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(one)
    call = line.call()
    connected = line.connected(one)
    line.transfer(connected, "18009999")
    again = line.engine.wait("route", line.dialled, 2)
    assert again.header["agi_extension"] == "18009999"
    call.hang_up()


@pytest.mark.parametrize("who", ["caller", "agent"])
def test_attended_into_the_ivr(line: Line, who: str) -> None:
    one, two = line.queue("stay"), line.queue("stay")
    line.engine.answers["route", line.dialled] = _two_conversations(one, two)
    call = line.call()
    joined, connected = line.joined(one), line.connected(one)
    line.consult(connected, line.dialled)
    second = line.connected(two)
    line.agent_hangs_up(connected)
    call.ear.wait_loud(110)
    call.hang_up() if who == "caller" else line.agent_hangs_up(second)
    call.wait_over()
    reports = sorted(
        (line.engine.wait("ended", line.dialled, n) for n in (1, 2)),
        key=lambda report: report.get("state"),
    )
    assert [told(report) for report in reports] == [
        {"queue": one, "agent": f"Agent {one} 0", "transfer": "attended"},
        {"queue": two, "agent": f"Agent {two} 0"},
    ]
    assert {report.get("linkedid") for report in reports} == {joined["Linkedid"]}
    assert [report.get("state") for report in reports] == ["1~one", "1~two"]
    again = line.engine.wait("route", line.dialled, 2)
    assert again.get("first") == reports[0].get("first"), "the clock stays"
    assert again.get("state") == "1~one"
    assert again.header["agi_uniqueid"] != again.get("linkedid")


@pytest.mark.parametrize("who", ["caller", "agent"])
def test_attended_to_an_extension(line: Line, who: str) -> None:
    name = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(name, IVR_QUEUE_OPTIONS="t")
    call = line.call()
    connected = line.connected(name)
    line.consult(connected, "2002" if who == "caller" else "2003")
    extension = "stay_2002" if who == "caller" else "stay_2003"
    leg = line.talking(extension)
    line.agent_hangs_up(connected)
    call.ear.wait_loud(110)
    if who == "caller":
        call.hang_up()
    else:
        line.manager.action("Hangup", Channel=leg["Channel"].removesuffix(";1") + ";2")
    call.wait_over()
    ended = line.engine.wait("ended", line.dialled)
    assert told(ended) == {"queue": name, "agent": f"Agent {name} 0", "transfer": "attended"}
    assert extension in ended.get("peer")
    assert lasted(ended.get("talk"), connected, line.parted(connected))
    assert lasted(ended.get("talk2"), line.parted(connected), line.gone(connected))


# The engine is hung at the end. ---------------------------------------------------------------


def test_ten_callers_are_let_go_at_once_though_the_engine_hangs(line: Line) -> None:
    name = line.queue(*itertools.repeat("stay", 10))
    engine = wooden(name)
    try:
        calls = {
            f"05233333{n:02}": line.call(engine=engine.address, number=f"05233333{n:02}")
            for n in range(10)
        }
        conversations = line.all_connected(name, 10)
        engine.freeze()
        for conversation in conversations:
            line.agent_hangs_up(conversation)
        for conversation in conversations:
            call = calls[conversation["CallerIDNum"]]
            call.wait_over()
            bye = call.when("received", "BYE")
            assert bye, "the caller is released in good order"
            assert bye - line.hung_up_at(conversation) < 1
        reports = [line.report(conversation) for conversation in conversations]
        assert all(seconds_between(*report) < 4 for report in reports), "a report is bounded too"
    finally:
        engine.close()


def test_a_report_reaches_the_second_engine(line: Line) -> None:
    name = line.queue("brief")
    dead = wooden(name)
    try:
        call = line.call(engine=dead.address, ENGINE2=line.engine.address)
        line.connected(name)
        dead.kill()
        call.wait_over()
        assert told(line.engine.wait("ended", line.dialled))["by"] == "agent"
    finally:
        dead.close()


def test_a_call_that_was_never_decided_is_told_too(line: Line) -> None:
    line.engine.answers["route", line.dialled] = decision(IVR_ACTION="teleport")
    call = line.call()
    joined = line.joined(line.fallback)
    call.hang_up()
    ended = line.engine.wait("ended", line.dialled)
    assert (ended.get("queue"), ended.get("fallback"), ended.get("abandoned")) == (
        line.fallback,
        "undecided",
        "1",
    )
    _once(line, joined)
