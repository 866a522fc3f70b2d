"""Contacts: what makes one of them, and which case it is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Author, Case, Record
from ivr.callers.contacts import Outcome, about, is_evidence
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


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("case", [None, "K7"])
@pytest.mark.parametrize("asked_for", [False, True])
@pytest.mark.parametrize("marked_by", [None, "Agent/7"])
def test_only_answered_contacts_about_no_case_that_nobody_asked_for_are_evidence(
    outcome: Outcome, case: str | None, asked_for: bool, marked_by: str | None
) -> None:
    told = contact(1, outcome=outcome, case=case, asked_for=asked_for, marked_by=marked_by)
    assert is_evidence(told) == ((outcome, case, asked_for) == (Outcome.ANSWERED, None, False))


@given(
    topic=st.none() | st.text(),
    note=st.none() | st.text(),
    agent=st.none() | st.text(),
    talk=st.none() | st.integers(0, 9999),
    tier=st.text(),
    transfer=st.none() | st.text(),
)
def test_nothing_else_makes_or_unmakes_evidence(**values: object) -> None:
    assert is_evidence(contact(1, **values))
    assert not is_evidence(contact(1, outcome=Outcome.BROKEN, **values))
