"""The desk takes numbers as people write them, and nothing that cannot be meant."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import Deferred

from ivr.callers.changes import CloseCase, GiveGrant, OpenCase, RefusedError, SetMark
from ivr.engine.desk import Desk, DeskError, author, case_id
from ivr.store.memory import MemoryStore
from tests.store.samples import DANA, LONG_AGO

if TYPE_CHECKING:
    from collections.abc import Coroutine

RONIT = author("Ronit", "twenty years", "root", 1000.0)


def desk(*grants: str) -> Desk:
    return Desk(MemoryStore(), "IL", ("fault", "billing"), grants or ("golden-beam",), lambda: "K7")


def result(coroutine: Coroutine[Deferred[Any], Any, Any]) -> Any:
    """What a coroutine over the memory store gives; it never waits."""
    results: list[Any] = []
    Deferred.fromCoroutine(coroutine).addBoth(results.append)
    (only,) = results
    if hasattr(only, "raiseException"):
        only.raiseException()
    return only


@pytest.mark.parametrize("text", ["0541111111", "054-111-1111", "+972541111111", "541111111"])
def test_a_number_is_one_however_it_is_written(text: str) -> None:
    here = desk()
    result(here.change(text, GiveGrant("golden-beam"), RONIT))
    found = result(here.caller("054 111 1111", LONG_AGO))
    assert found.number == DANA
    assert found.record.grants[0].author == RONIT
    assert result(here.history(text)).number == DANA


@pytest.mark.parametrize("text", ["", "abc", "*611", "12", "anonymous"])
def test_what_is_no_number_is_told(text: str) -> None:
    here = desk()
    for ask in (
        here.change(text, CloseCase(), RONIT),
        here.caller(text, LONG_AGO),
        here.history(text),
    ):
        with pytest.raises(DeskError, match="no telephone number"):
            result(ask)


def test_grants_are_those_of_the_policy() -> None:
    assert desk().give_grant(None, None) == GiveGrant("golden-beam")
    assert desk("a", "b").give_grant("b", 9.0) == GiveGrant("b", 9.0)
    with pytest.raises(DeskError, match="name the grant: a, b"):
        desk("a", "b").give_grant(None, None)
    with pytest.raises(DeskError, match="'gold' is no grant of the policy: take one of golden"):
        desk().give_grant("gold", None)
    with pytest.raises(DeskError, match="the policy declares none"):
        Desk(MemoryStore(), "IL", (), (), str).give_grant(None, None)


def test_cases_have_an_id_and_a_topic_of_the_policy() -> None:
    assert desk().open_case("fault", complex_=True) == OpenCase("K7", "fault", True)
    assert desk().open_case(None, complex_=False) == OpenCase("K7", None, False)
    with pytest.raises(DeskError, match="take one of fault, billing"):
        desk().open_case("weather", complex_=False)


def test_marks_are_those_there_are() -> None:
    assert desk().set_mark("nuisance", 9.0) == SetMark("nuisance", 9.0)
    with pytest.raises(DeskError, match="take one of nuisance"):
        desk().set_mark("rude", None)


def test_a_refusal_comes_through() -> None:
    with pytest.raises(RefusedError, match="name the case"):
        result(desk().change("0541111111", CloseCase(), RONIT))


def test_an_author_says_who_and_why_in_one_line() -> None:
    told = author("  Ronit \n Levi ", "כי\tמגיע לה", "root", 5.0)
    assert (told.by, told.why, told.os_user, told.at) == ("Ronit Levi", "כי מגיע לה", "root", 5.0)


@pytest.mark.parametrize(
    ("by", "why", "words"),
    [
        ("", "x", "'by' is empty"),
        ("x", " \n ", "'why' is empty"),
        ("x" * 81, "x", "'by' has 81 characters"),
        ("x", "x" * 501, "'why' has 501 characters"),
        ("x", "\x00", "UTF-8"),
        ("\udce9", "x", "UTF-8"),
    ],
)
def test_an_author_without_a_name_or_a_reason_is_refused(by: str, why: str, words: str) -> None:
    with pytest.raises(DeskError, match=words):
        author(by, why, "root", 1.0)


def test_case_ids_are_easy_to_read_out() -> None:
    chance = random.Random(1)
    ids = {case_id(chance.choice) for _ in range(1000)}
    assert len(ids) == 1000
    assert not set("".join(ids)) & set("01ILOU")
    assert {len(one) for one in ids} == {6}
