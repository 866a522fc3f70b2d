"""What is written is what is read; what cannot be read is told as damaged, and as nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Author, Case, Grant, Mark, Record, Span
from ivr.callers.nuisance import Process, Stage, Told
from ivr.engine.interfaces import Annotation
from ivr.store.annotations import annotation_from, annotation_values
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
TOLD = st.builds(Told, TEXTS, TEXTS, MOMENTS)
MONTHS = st.just("") | st.dates().map(lambda day: day.isoformat()[:7])
RECORDS = st.builds(
    Record,
    st.integers(0, 9),
    st.lists(st.builds(Grant, TEXTS, AUTHORS, st.none() | MOMENTS), max_size=3).map(tuple),
    st.lists(st.builds(Case, TEXTS, st.none() | TEXTS, st.booleans(), AUTHORS)).map(tuple),
    st.lists(st.builds(Mark, TEXTS, AUTHORS, st.none() | MOMENTS), max_size=3).map(tuple),
    st.none() | AUTHORS,
    st.builds(
        Process, st.sampled_from(Stage), MONTHS, st.none() | TOLD, st.none() | TOLD,
        st.none() | MOMENTS,
    ),
    st.lists(st.builds(Span, MOMENTS, MOMENTS), max_size=3).map(tuple),
)  # fmt: skip
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


def test_a_number_in_process_is_small() -> None:
    told = Told("Ronit", "telephone", 1763841600.0)
    process = Process(Stage.PAID, "2026-11", told, told)
    assert len(record_doc(Record(process=process))) < 130


@given(st.sampled_from(["grants", "cases", "marks", "shared", "process", "protected"]), JSON)
def test_a_strange_document_is_damaged_or_a_record(key: str, value: Any) -> None:
    try:
        found = record_from(0, json.dumps({key: value}))
    except DamagedError:
        return
    assert isinstance(found, Record)


PROCESS = '{"process":["warned",%s,null,null,%s]}'


@pytest.mark.parametrize(
    "document",
    [
        # Months were counted on from here until they came to the present: for ever.
        PROCESS % ('"2026-9999999999"', "null"),
        PROCESS % ('"0000-01"', "null"),
        PROCESS % ("12", "null"),
        PROCESS % ('"2026-08"', "NaN"),
        PROCESS % ('"2026-08"', '"yesterday"'),
        '{"grants":[["vip",["a","b",1,"c"],"2027"]]}',
        '{"protected":[["a","b"]]}',
        "[" * 100_000,
        "null",
    ],
)
def test_what_a_decision_would_trip_over_is_damaged(document: str) -> None:
    with pytest.raises(DamagedError):
        record_from(0, document)


@given(TEXTS)
def test_a_text_that_is_no_document_is_damaged_or_a_record(text: str) -> None:
    try:
        record_from(0, text)
    except DamagedError:
        return


def test_every_change_has_a_name_and_comes_back() -> None:
    for change in EVERY_CHANGE:
        values = json.loads(json.dumps(change_values(change)))
        assert change_from(KINDS[type(change)], values) == change
    assert set(KINDS) == {type(change) for change in EVERY_CHANGE}


@pytest.mark.parametrize("kind", ["no-such-change", "close-case"])
def test_a_change_that_is_not_known_is_damaged(kind: str) -> None:
    with pytest.raises(DamagedError):
        change_from(kind, {"colour": "red"})


@pytest.mark.parametrize(
    "values",
    [
        {"step": "louder", "how": "letter"},
        {"step": "warned", "how": "letter", "why": ""},
        {"step": "warned", "how": 7},
        {"step": ["warned"], "how": "letter"},
    ],
)
def test_a_step_that_is_not_known_is_damaged(values: dict[str, str]) -> None:
    with pytest.raises(DamagedError):
        change_from("attempt", values)


@given(
    st.builds(
        Annotation,
        st.none() | TEXTS,
        st.none() | TEXTS,
        st.none() | st.booleans(),
        st.none() | TEXTS,
    )
)
def test_an_annotation_comes_back(annotation: Annotation) -> None:
    values = json.loads(json.dumps(annotation_values("1/d/pbx", annotation)))
    assert annotation_from(values) == ("1/d/pbx", annotation)
