"""What the shared store keeps, as bytes and back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.contacts import Contact, Outcome
from ivr.store.redis.form import Kept, kept_from, owner, owner_and_day, owner_from
from ivr.store.redis.packing import day_number, day_of
from ivr.store.sound import DamagedError
from tests.store.samples import DANA, DAY, contact

TEXTS = st.text(max_size=40)
MOMENTS = st.floats(0, 4e9)
CONTACTS: st.SearchStrategy[Contact] = st.builds(
    contact, st.integers(0, 9), system=TEXTS, linked_id=st.text("0123456789./", max_size=40),
    decision=st.text("0123456789abcdef.", max_size=20), started=MOMENTS, ended=MOMENTS,
    day=st.integers(-9000, 20000).map(lambda days: DAY + timedelta(days=days)),
    outcome=st.sampled_from(Outcome), topic=st.none() | TEXTS, queue=st.none() | TEXTS,
    agent=st.none() | TEXTS, hold=st.none() | st.integers(0, 10**6), transfer=st.none() | TEXTS,
    note=st.none() | st.text(min_size=1), marked_by=st.none() | st.text(min_size=1),
)  # fmt: skip


@given(CONTACTS, st.integers(0, 300))
def test_a_contact_comes_back_as_it_went(told: Contact, generation: int) -> None:
    kept = Kept(told, generation)
    assert kept_from(told.id.encode(), kept.packed(), DANA) == kept


@given(CONTACTS, st.integers(0, 300))
def test_owner_and_day_are_those_of_the_whole(told: Contact, generation: int) -> None:
    read = Kept(told, generation).packed()
    assert owner_and_day(read) == (generation, day_number(told.day))
    assert day_of(owner_and_day(read)[1]) == told.day


@given(CONTACTS, st.integers(0, 200), st.binary(max_size=5))
def test_damaged_bytes_are_told_as_such(told: Contact, at: int, instead: bytes) -> None:
    read = Kept(told, 0).packed()
    damaged = read[:at] + instead + read[at + len(instead) + 1 :]
    for decode in (owner_and_day, lambda each: kept_from(told.id.encode(), each, DANA)):
        with suppress(DamagedError):
            decode(damaged)


@given(st.from_regex(r"\+[0-9]{1,15}|\?[0-9]{1,3}|\+|[0-9]*x", fullmatch=True))
def test_an_owner_comes_back(number: str) -> None:
    assert owner_from(owner(number)) == number


def test_a_moment_keeps_its_bits() -> None:
    told = replace(contact(1), started=0.1 + 0.2, ended=1795298400.123456789)
    again = kept_from(told.id.encode(), Kept(told, 0).packed(), DANA).contact
    assert (again.started, again.ended) == (told.started, told.ended)
