"""Agents with real telephones: what they do is told as what the others do."""

from __future__ import annotations

from tests.live.double import queue
from tests.live.line import Line, lasted


def test_the_agents_phone_hangs_up(line: Line) -> None:
    name = line.queue()
    line.phone(name, talk=1.2)
    line.engine.answers["route", line.dialled] = queue(name)
    call = line.call()
    joined, connected = line.joined(name), line.connected(name)
    call.wait_over()
    assert call.when("received", "BYE")
    ended = line.engine.wait("ended", line.dialled)
    assert (ended.get("agent"), ended.get("by"), ended.get("transfer")) == (
        f"Phone {name}",
        "agent",
        "",
    )
    assert lasted(ended.get("talk"), connected, line.parted(connected))
    assert len(line.log(joined, "IVRENDED")) == 1


def test_the_agents_phone_transfers_to_an_extension(line: Line) -> None:
    name = line.queue()
    line.phone(name, talk=1.2, refer_to="2005")
    line.engine.answers["route", line.dialled] = queue(name)
    call = line.call()
    connected = line.connected(name)
    line.talking("stay_2005")
    call.ear.wait_loud(110)
    call.hang_up()
    ended = line.engine.wait("ended", line.dialled)
    assert (ended.get("agent"), ended.get("transfer"), ended.get("to")) == (
        f"Phone {name}",
        "blind",
        "2005",
    )
    assert "stay_2005" in ended.get("peer")
    assert lasted(ended.get("talk"), connected, line.parted(connected))
    assert lasted(ended.get("talk2"), line.parted(connected), line.gone(connected))


def test_the_agents_phone_transfers_into_the_ivr(line: Line) -> None:
    one, two = line.queue(), line.queue("stay")
    line.phone(one, talk=1.2, refer_to=line.dialled)
    line.engine.answers["route", line.dialled] = lambda session: queue(
        two if session.get("state") else one
    )(session)
    call = line.call()
    first, second = line.connected(one), line.connected(two)
    line.agent_hangs_up(second)
    call.wait_over()
    reports = [line.engine.wait("ended", line.dialled, number) for number in (1, 2)]
    assert [(r.get("agent"), r.get("transfer"), r.get("by")) for r in reports] == [
        (f"Phone {one}", "blind", ""),
        (f"Agent {two} 0", "", "agent"),
    ]
    assert lasted(reports[0].get("talk"), first, line.parted(first))
