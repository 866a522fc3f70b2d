"""What was expected beside what was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.words import span
from ivr.tools.policytest.reading.expect import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivr.tools.policytest.model import Expected, Value

_TIMES: Final = frozenset({"head_start", "waited"})


def differences(expected: Iterable[Expected], seen: Mapping[str, Value]) -> list[str]:
    """A line for each expectation that does not hold: both sides."""
    return [
        f"{each.key}: expected {shown(each.key, each.value)}, got {shown(each.key, was)}"
        for each in expected
        if not holds(each, was := seen.get(each.key))
    ]


def holds(expected: Expected, was: Value | None) -> bool:
    """Whether an expectation holds."""
    wanted = expected.value
    if expected.key == "prompts" and isinstance(wanted, tuple) and isinstance(was, tuple):
        return _matches(wanted, was)
    if expected.key == "guard" and isinstance(wanted, tuple) and isinstance(was, tuple):
        return set(wanted) <= set(was) if wanted else not was
    if expected.key in ("refused", "hindered") and isinstance(wanted, str):
        return isinstance(was, str) and wanted.casefold() in was.casefold()
    if wanted is True:
        return bool(was)
    return type(wanted) is type(was) and wanted == was


def _matches(wanted: Sequence[str], was: Sequence[str]) -> bool:
    """Whether a list fits a pattern in which `...` stands for any number of items."""
    after = {0}  # how many items what is read of the pattern may stand for
    for each in wanted:
        if each == ANY:
            after = set(range(min(after), len(was) + 1))
        else:
            after = {at + 1 for at in after if at < len(was) and was[at] == each}
        if not after:
            return False
    return len(was) in after


def shown(key: str, value: Value | None) -> str:
    """A value as the file would have it."""
    if value is None:
        return "nothing (there was no decision)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    if isinstance(value, int) and key in _TIMES:
        return span(value)
    return str(value)
