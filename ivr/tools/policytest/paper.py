"""What `ivr test` prints: a line for each test, what went wrong in those that failed, a sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.tools.policytest.trace import INDENT
from ivr.tools.texts import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivr.tools.policytest.runner import Failure, Ran


def line(ran: Ran) -> str:
    """One test on one line."""
    place = ran.scenario.place
    return f"{'ok  ' if ran.passed else 'FAIL'} {place.file}:{place.line}  {ran.scenario.name}"


def failures(ran: Ran) -> Iterator[str]:
    """What was not as expected in a test, with what led to it."""
    for failure in ran.failures:
        yield from _failure(failure)


def _failure(failure: Failure) -> Iterator[str]:
    place = f"{failure.place.file}:{failure.place.line}"
    for wrong in failure.wrong:
        yield f"     {place}: {wrong}"
    for each in failure.trace:
        yield f"{' ' * INDENT}{each}"


def summed(ran: Sequence[Ran]) -> str:
    """How many passed, how many did not."""
    failed = sum(not each.passed for each in ran)
    return f"{count(len(ran), 'test')}: {len(ran) - failed} passed, {failed} failed"
