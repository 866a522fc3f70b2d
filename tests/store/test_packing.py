"""What a shared store's bytes may not be: found by fuzzing, and once taken as it was."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ivr.callers.caller import Caller
from ivr.store.redis.form import Known, consent_from, entry_from, open_call_from
from ivr.store.redis.operations import Around, lookup
from ivr.store.redis.packing import packed
from ivr.store.sound import DamagedError

NUMBER = "+972521234567"
SINCE = date(2026, 10, 1)


def looked_up(**values: Any) -> Caller:
    """What a lookup makes of a caller with these values in place of the usual ones."""
    asking = lookup(Around(), NUMBER, None, SINCE)
    next(asking)
    with pytest.raises(StopIteration) as end:
        asking.send([Known(since=0, **values).packed()])
    found: Caller = end.value.value.caller
    return found


@pytest.mark.parametrize(
    "values",
    [
        {"days": ["9800", "", 1, 1]},
        {"days": [9800, 7, 1, 1]},
        {"days": [9800, "", None, 1]},
        {"days": [9800, "", 1]},
        {"days": [10**15, "", 1, 1]},
        {"months": [10**15, "", 1, 1]},
        {"consents": [[1, 2, 3, 4, 5, 6, 7, 8]]},
        {"consents": [["a", "b", "c", "d", "e", float("nan"), "f", "g"]]},
        {"agent": 7},
        {"agent_at": "now"},
    ],
)
def test_a_caller_that_cannot_be_is_damaged(values: dict[str, Any]) -> None:
    assert looked_up().number == NUMBER
    with pytest.raises((DamagedError, ValueError, OverflowError)):
        looked_up(**values)


@pytest.mark.parametrize("value", [7, [], [1] * 8, [b"a"] * 9, {"a": 1}, [[1]]])
def test_an_entry_that_cannot_be_is_damaged(value: Any) -> None:
    for read in (entry_from, consent_from, lambda each: open_call_from("1.1", each)):
        with pytest.raises(DamagedError):
            read(packed(value))
