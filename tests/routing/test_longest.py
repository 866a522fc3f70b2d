"""A route that a call could not carry is a problem of the policy, not of the call."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from ivr.routing.call import ARRIVING
from ivr.routing.longest import too_long
from ivr.routing.step import step
from ivr.routing.steps import Go, NewCall
from ivr.routing.ticket import LIMIT, encode
from ivr.tools.checking import PROBLEMS, check
from tests.routing.policies import TEXT, policy

LONG = TEXT.replace(
    "queue: main, then: [{after: 3m, queue: senior}]}",
    "queue: main, then: [" + ", ".join(["{after: 3m, queue: senior}"] * 30) + "]}",
)

_OPEN = 1_795_428_000.0  # 2026-11-23, noon in Israel


def test_the_policy_of_these_tests_fits() -> None:
    assert list(too_long(policy())) == []


def test_a_route_that_does_not_fit_is_named_with_what_to_do(tmp_path: Path) -> None:
    file, out = tmp_path / "long.yaml", StringIO()
    file.write_text(LONG)
    assert check(file, out) == PROBLEMS
    line = next(at for at, text in enumerate(LONG.splitlines(), 1) if "everyone" in text)
    assert f"long.yaml:{line}:" in out.getvalue()
    assert "'everyone' is too long for a call to carry" in out.getvalue()
    assert "shorten" in out.getvalue()


def test_what_is_said_to_fit_is_carried_whole() -> None:
    """The bound is on the safe side: a route just within it loses no hop."""
    for length in range(1, 30):
        text = LONG.replace(
            ", ".join(["{after: 3m, queue: senior}"] * 30),
            ", ".join(["{after: 3m, queue: senior}"] * length),
        )
        loaded = policy(text)
        if list(too_long(loaded)):
            return
        event = NewCall("d" * 16, "+972521234567", "4711", 1_800_000_000)
        what = step(loaded, ARRIVING, event, _OPEN).step
        assert isinstance(what, Go)
        assert len(encode(what.ticket)) <= LIMIT
        assert encode(what.ticket).count("|senior") >= length
    raise AssertionError("nothing was ever too long")
