"""Logs and policies for the tests of the replay, small enough to reckon by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ivr.callers.contacts import Outcome
from ivr.policy.loader import load
from ivr.policy.model import Policy
from ivr.tools.recorded.calls import RecordedCall
from ivr.tools.replay.form import replay_form
from ivr.tools.replay.replay import Replay
from tests.policy.samples import at
from tests.routing.policies import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.tools.replay.form import Form

ANSWERED, ABANDONED = Outcome.ANSWERED, Outcome.ABANDONED
DANA, NOAM, VIP = "+972541111111", "+972542222222", "+972543333333"

#: Two months of five answered contacts warn, two more give notice.
PROCESS = (
    "nuisance: {contacts: 5, marks: 1, months: {before_warning: 2, before_notice: 2, quiet: 2}}\n"
)


def policy(*changes: tuple[str, str], more: str = "") -> Policy:
    """The policy of tests/routing, with texts replaced."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    loaded = load({"test.yaml": text + more})
    assert isinstance(loaded, Policy), str(loaded)
    return loaded


def call(line: int, number: str | None, when: str, **values: Any) -> RecordedCall:
    """A call that came in at a local time; answered at once, a minute long, unless said."""
    given = {"outcome": ANSWERED, "hold": 0, "talk": 60, "agent": "noa", **values}
    return RecordedCall(line, number, at(when), **given)


def replayed(
    calls: Sequence[RecordedCall],
    one: Policy,
    other: Policy | None = None,
    *,
    mask: bool = False,
    **options: Any,
) -> Form:
    """A replay as JSON; the policies are called A and B."""
    replay = Replay(one, other, **options)
    replay.run(calls)
    names = ("A",) if other is None else ("A", "B")
    return replay_form(replay, {"file": "log"}, names, mask=mask)


def counts(rows: Sequence[Form]) -> dict[str, int]:
    """Calls by name."""
    return {row["name"]: row["calls"] for row in rows}
