"""Whatever is changed in a sound policy, the schema says of it what the loader says.

Both ways: what the loader refuses and a schema can see (`unseen` lists the rest) is underlined at
the same place, and nothing is underlined where the loader has nothing to say.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.policy.reading.values import seconds
from tests.policy.schema.corpus import POLICIES, whole
from tests.policy.schema.editor import SCHEMA
from tests.policy.schema.mutations import GONE, VALUES, Change, disagreements, kinds, schemas_at
from tests.policy.schema.places import Path, at, paths

DOCUMENTS: Final = {policy: whole(policy) for policy in POLICIES}
EVERYTHING: Final = DOCUMENTS["everything"]
#: One path for each part of the schema.
PATHS: Final = kinds(EVERYTHING, SCHEMA)

VALUE = st.one_of(st.just(GONE), st.sampled_from(VALUES))
WRITTEN = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12)


@settings(max_examples=100, deadline=None)
@given(path=st.sampled_from(PATHS), value=VALUE)
@example(path=("menus", "more", "otherwise", "topic"), value="falt")
@example(path=("topics",), value="fault")
@example(path=("queues", "main", "asterisk"), value="general")
@example(path=("routes", 0, "head_start"), value="20m")
def test_another_value(path: Path, value: Any) -> None:
    assert disagreements(Change(path, value).made(EVERYTHING)) == []


@settings(max_examples=40, deadline=None)
@given(data=st.data(), policy=st.sampled_from(sorted(DOCUMENTS)))
def test_another_value_in_the_policies_that_ship(data: st.DataObject, policy: str) -> None:
    document = DOCUMENTS[policy]
    path = data.draw(st.sampled_from([path for path in paths(document) if path]))
    assert disagreements(Change(path, data.draw(VALUE)).made(document)) == []


@settings(max_examples=40, deadline=None)
@given(path=st.sampled_from(PATHS), value=WRITTEN)
def test_another_text(path: Path, value: str) -> None:
    assert disagreements(Change(path, value).made(EVERYTHING)) == []


@settings(max_examples=40, deadline=None)
@given(
    path=st.sampled_from([path for path in PATHS if isinstance(at(EVERYTHING, path), dict)]),
    key=WRITTEN | st.sampled_from([value for value in VALUES if isinstance(value, str)]),
    value=st.sampled_from(VALUES),
)
def test_another_key(path: Path, key: str, value: Any) -> None:
    assert disagreements(Change((*path, key), value).made(EVERYTHING)) == []


@settings(max_examples=40, deadline=None)
@given(
    path=st.sampled_from([path for path in PATHS if isinstance(at(EVERYTHING, path), list)]),
    value=st.sampled_from(VALUES),
)
def test_an_item_more(path: Path, value: Any) -> None:
    assert disagreements(Change(path, [*at(EVERYTHING, path), value]).made(EVERYTHING)) == []


@pytest.mark.parametrize("policy", sorted(DOCUMENTS))
def test_both_find_nothing_in_a_sound_policy(policy: str) -> None:
    assert disagreements(DOCUMENTS[policy]) == []


@settings(max_examples=40, deadline=None)
@given(
    path=st.sampled_from([path for path in PATHS if path[-1] in ("wait", "after", "within", "hours",
                          "retention", "head_start", "at_least", "broken_off", "consent_valid")]),
    number=st.integers(0, 99_999),
    unit=st.sampled_from("smhd"),
)  # fmt: skip
def test_any_time(path: Path, number: int, unit: str) -> None:
    assert disagreements(Change(path, f"{number}{unit}").made(EVERYTHING)) == []


def bounds() -> set[str | int]:
    """What lies at each bound that the schema has, and just beyond it."""
    found: set[str | int] = set()
    for _, parts in schemas_at(EVERYTHING, SCHEMA):
        for part in parts:
            if "minimum" in part:
                least, most = part["minimum"], part["maximum"]
                found |= {least - 1, least, most, most + 1}
            hint = part.get("patternErrorMessage", "")
            if span := re.match(r"write .*from (\w+) to (\w+)", hint):
                found |= {*around(span[1]), *around(span[2])}
    return found


def around(time: str) -> set[str]:
    """A time, and the next ones before and after it in each unit."""
    exact = seconds(time) or 0
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    before = {f"{max(exact - 1, 0) // size}{unit}" for unit, size in units.items()}
    return {time, *before, *(f"{exact // size + 1}{unit}" for unit, size in units.items())}


@pytest.mark.parametrize("value", sorted(bounds(), key=str))
def test_every_bound(value: str | int) -> None:
    changed = EVERYTHING
    for path in PATHS:
        if _is_like(value, at(EVERYTHING, path)) and path != ("version",):
            changed = Change(path, value).made(changed)
    assert disagreements(changed) == []


def _is_like(value: str | int, other: Any) -> bool:
    if isinstance(value, int):
        return isinstance(other, int) and not isinstance(other, bool)
    return isinstance(other, str) and (other == "month" or seconds(other) is not None)


@settings(max_examples=40, deadline=None)
@given(written=st.from_regex(r"\A[0-2]?[0-9]:[0-6][0-9] ?-? ?[0-2]?[0-9]:[0-6][0-9]\Z"))
@example(written="7:00-07:00")
@example(written="00:00-24:00")
def test_any_hours(written: str) -> None:
    path = ("calendars", "half-open", "holidays", "hours")
    assert disagreements(Change(path, written).made(EVERYTHING)) == []


@settings(max_examples=40, deadline=None)
@given(
    path=st.sampled_from([
        ("premium", 0), ("entrypoints", "mobile", "dialled"),
        ("paid_lines", "briefly", "price_valid_for"), ("paid_lines", "briefly", "number"),
    ]),
    written=st.text("0123456789+*#() .-a", max_size=20),
)  # fmt: skip
def test_any_number(path: Path, written: str) -> None:
    assert disagreements(Change(path, written).made(EVERYTHING)) == []
