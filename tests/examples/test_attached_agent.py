"""A caller with an agent of his own is never cut off: for all that queues can answer.

Some of it is in routes/examples/attached-agent/tests; YAML has no "whatever they answer".
"""

from __future__ import annotations

from itertools import product

from ivr.routing.steps import Action, GaveUp, Go, LetGo
from tests.examples.calls import LAST_STAGE, calling, example, granted, with_record

POLICY = example("attached-agent")
DANAS = calling(300, caller=with_record(LAST_STAGE, grants=(granted("attached-dana"),)))

STATUSES = ("TIMEOUT", "FULL", "JOINEMPTY", "LEAVEEMPTY", "JOINUNAVAIL", "UNKNOWN", "")


def test_he_is_never_cut_off() -> None:
    """Another queue, and at last the dialplan's own."""
    for answers in product(STATUSES, repeat=4):
        call = POLICY.call(DANAS)
        for status in answers:
            call = POLICY.goes_on(call, GaveUp(status, 7))
            if isinstance(call.step, LetGo):
                break
            assert isinstance(call.step, Go)
            assert call.step.action is Action.QUEUE
