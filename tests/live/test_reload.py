"""The policy is taken anew under calls: none of them notices, good policy or bad."""

from __future__ import annotations

import pytest

from tests.live.conftest import Engines
from tests.live.floor import Caller, Floor
from tests.live.real import Engine

SUPPORT = "1800700001"


@pytest.fixture(scope="module")
def engine(engines: Engines) -> Engine:
    return engines("reload.yaml")


def _policy(floor: Floor, caller: Caller, count: int = 1) -> str:
    entry = floor.real.wait_log(
        lambda e: (e["event"], e.get("linkedid")) == ("decision", caller.uniqueid), count
    )
    return str(entry["policy"])


def test_a_reload_under_calls(floor: Floor) -> None:
    floor.staff("reload-first", "stay")
    talking = floor.caller(SUPPORT)
    talking.connected("reload-first")
    waiting = floor.caller(SUPPORT)
    waiting.queued("reload-first")
    before = _policy(floor, waiting)

    floor.real.edit("reload.yaml", "asterisk: reload-", "asterisk: reload-new-")
    floor.real.hang_up()
    floor.real.wait_log(lambda e: e["event"] == "policy in force")
    new = floor.caller(SUPPORT)
    new.queued("reload-new-first")

    floor.real.edit("reload.yaml", "queue: first", "queue: nowhere")
    status, answer = floor.real.get("/-/reload", "POST")
    assert status == 422
    assert "reload.yaml:" in answer
    assert "nowhere" in answer
    assert floor.real.metric("ivr_policy_last_reload_successful") == 0
    after_bad = floor.caller(SUPPORT)
    after_bad.queued("reload-new-first")

    floor.real.edit("reload.yaml", "queue: nowhere", "queue: first")
    status, answer = floor.real.get("/-/reload", "POST")
    assert status == 200
    assert _policy(floor, new) in answer
    assert floor.real.metric("ivr_policy_last_reload_successful") == 1

    waiting.queued("reload-then")
    new.queued("reload-new-then")
    assert _policy(floor, waiting, 2) == before, "a call ends by the policy that it began with"
    assert _policy(floor, new, 2) == _policy(floor, after_bad) != before
    talking.call.ear.wait_loud()
    for caller in (talking, waiting, new, after_bad):
        caller.hang_up()
        (contact,) = floor.real.contacts(caller.uniqueid)
        assert contact.outcome.value == ("answered" if caller is talking else "abandoned")
    assert talking.queues() == ["reload-first"]
