"""What is written is what is read; what cannot be read is told as damaged, and as nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Author, Case, Grant, Mark, Record
from ivr.store.documents import (
    KINDS,
    DamagedError,
    change_from,
    change_values,
    record_doc,
    record_from,
)
from tests.store.contract import EVERY_CHANGE

TEXTS = st.text(max_size=8)
MOMENTS = st.floats(0, 9e9)
AUTHORS = st.builds(Author, TEXTS, TEXTS, MOMENTS, TEXTS)
RECORDS = st.builds(
    Record,
    st.integers(0, 9),
    st.lists(st.builds(Grant, TEXTS, AUTHORS, st.none() | MOMENTS), max_size=3).map(tuple),
    st.lists(st.builds(Case, TEXTS, st.none() | TEXTS, st.booleans(), AUTHORS)).map(tuple),
    st.lists(st.builds(Mark, TEXTS, AUTHORS, st.none() | MOMENTS), max_size=3).map(tuple),
    st.none() | AUTHORS,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(RECORDS)
def test_a_record_survives(record: Record) -> None:
    assert record_from(record.generation, record_doc(record)) == record


def test_a_number_without_a_record_costs_nothing() -> None:
    assert record_doc(Record(generation=3)) == ""


def test_a_vip_is_small() -> None:
    author = Author("Ronit", "ronit", 1763841600.0, "twenty years")
    assert len(record_doc(Record(grants=(Grant("golden-beam", author),)))) < 100


@given(st.sampled_from(["grants", "cases", "marks", "shared"]), JSON)
def test_a_strange_document_is_damaged_or_a_record(key: str, value: Any) -> None:
    try:
        found = record_from(0, json.dumps({key: value}))
    except DamagedError:
        return
    assert isinstance(found, Record)


@given(TEXTS)
def test_a_text_that_is_no_document_is_damaged_or_a_record(text: str) -> None:
    try:
        record_from(0, text)
    except DamagedError:
        return


def test_every_change_has_a_name_and_comes_back() -> None:
    for change in EVERY_CHANGE:
        assert change_from(KINDS[type(change)], change_values(change)) == change
    assert set(KINDS) == {type(change) for change in EVERY_CHANGE}


@pytest.mark.parametrize("kind", ["no-such-change", "close-case"])
def test_a_change_that_is_not_known_is_damaged(kind: str) -> None:
    with pytest.raises(DamagedError):
        change_from(kind, {"colour": "red"})
