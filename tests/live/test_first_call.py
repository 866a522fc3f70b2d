"""A fixed decision from the engine reaches the queue it names."""

from tests.live.double import queue
from tests.live.line import Line


def test_a_call_is_put_to_the_engine_and_queued(line: Line) -> None:
    name = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(name)
    call = line.call()
    joined = line.joined(name)
    assert joined["CallerIDNum"] == "0521234567"
    connected = line.connected(name)
    call.ear.wait_loud()
    line.agent_hangs_up(connected)
    call.wait_over()
    assert call.when("received", "BYE")
