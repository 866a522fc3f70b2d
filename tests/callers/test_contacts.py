"""Contacts: what makes one of them, and which case it is about."""

from __future__ import annotations

import pytest

from ivr.callers.caller import Author, Case, Record
from ivr.callers.contacts import about
from tests.store.samples import contact


def case(name: str, topic: str | None, at: float) -> Case:
    return Case(name, topic, False, Author("Ronit", "ronit", at, "why"))


RECORD = Record(
    cases=(case("new", "fault", 3.0), case("old", "fault", 1.0), case("any", None, 2.0)),
)


@pytest.mark.parametrize(
    ("topic", "expected"), [("fault", "new"), ("billing", "any"), (None, "any")]
)
def test_the_newest_case_of_the_topic_or_of_none(topic: str | None, expected: str) -> None:
    assert about(RECORD, topic) == expected


def test_no_case_fits() -> None:
    assert about(Record(), "fault") is None
    assert about(Record(cases=(case("K7", "fault", 1.0),)), "billing") is None


def test_call_decision_and_system_make_a_contact() -> None:
    assert contact(1, linked_id="17.1", decision="d1", system="pbx1").id == "17.1/d1/pbx1"
    assert contact(1, agent="Agent/9").id == contact(1).id
