"""The ticket that a call carries: it survives the way through the dialplan, or is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.policy.model import Pays, Tier
from ivr.routing.ticket import (
    LIMIT,
    BadTicketError,
    Hop,
    Kind,
    Post,
    Ticket,
    decode,
    encode,
)

names = st.from_regex(r"[A-Za-z0-9_.:/@+*-]{1,12}", fullmatch=True)
maybe = st.one_of(st.just(""), names)
bounds = st.one_of(st.none(), st.integers(1, 86400))
posts = st.builds(Post, names, maybe, maybe, maybe)
hops = st.one_of(
    st.builds(Hop, st.just(Kind.QUEUE), bounds, st.lists(posts, min_size=1, max_size=3).map(tuple)),
    st.builds(
        lambda seconds, sounds: Hop(Kind.ANNOUNCE, seconds, sounds=sounds),
        bounds,
        st.lists(names, max_size=4).map(tuple),
    ),
    st.builds(lambda target: Hop(Kind.DIAL, target=target), names),
    st.builds(lambda cause: Hop(Kind.HANGUP, target=str(cause)), st.integers(1, 127)),
)
tickets = st.builds(
    Ticket,
    decision=names,
    policy=names,
    first=st.integers(0, 2**33),
    number=st.one_of(st.none(), st.from_regex(r"\+[0-9]{5,15}", fullmatch=True)),
    dialled=names,
    entrypoint=maybe,
    language=maybe,
    pays=st.sampled_from(Pays),
    tier=st.sampled_from(Tier),
    topic=st.one_of(st.none(), names),
    route=maybe,
    head_start=st.integers(-3600, 86400),
    taken=st.integers(0, 10),
    hops=st.lists(hops, max_size=4).map(tuple),
)


@given(tickets)
def test_what_is_written_is_read_again(ticket: Ticket) -> None:
    assert decode(encode(ticket)) == ticket


@given(tickets)
def test_it_passes_a_dialplan_unharmed(ticket: Ticket) -> None:
    text = encode(ticket)
    assert len(text.encode()) <= LIMIT
    assert not set(text) & set(",\"'()[]{}$\\^ \t\r\n\0")


@given(st.text())
def test_what_cannot_be_read_is_said_to_be_so(text: str) -> None:
    with pytest.raises(BadTicketError):
        decode(text)


@given(tickets, st.integers(0, 900), st.text(max_size=3))
def test_a_damaged_ticket_is_refused_or_is_another_ticket(
    ticket: Ticket, at: int, put: str
) -> None:
    text = encode(ticket)
    try:
        decode(text[:at] + put + text[at + 1 :])
    except BadTicketError:
        return


def test_hops_that_do_not_fit_are_left_out_from_the_end() -> None:
    far = tuple(Hop(Kind.QUEUE, 60, (Post(f"queue-{n}-" + "x" * 50),)) for n in range(30))
    ticket = Ticket("d", "p", 1, None, "*611", hops=far)
    kept = decode(encode(ticket))
    assert 5 < len(kept.hops) < 30
    assert kept.hops == far[: len(kept.hops)]


def test_a_name_that_cannot_stand_in_a_ticket_is_refused_when_it_is_written() -> None:
    with pytest.raises(ValueError, match="characters"):
        encode(Ticket("d", "p", 1, None, "1800~1"))


@pytest.mark.parametrize(
    "text",
    [
        "1~d~p~1~~1800~~~company~regular~~~0~0~~q|-5|main",
        "1~d~p~1~~1800~~~company~regular~~~0~0~~q|+1_0|main",
        "1~d~p~1~~1800~~~company~regular~~~0~-9~~q||main",
        f"1~d~p~{'9' * 40}~~1800~~~company~regular~~~0~0~~q||main",
        f"1~d~p~1~~1800~~~company~regular~~~{'9' * 40}~0~~q||main",
        "1~d~p~1~~1800~~~company~regular~~~0~0~~h||abc",
        "1~d~p~1~~1800~~~company~regular~~~0~0~~q||;t",
        "1~d~p~1~~1800~~~company~regular~~~0~0~~q||a;b;c;d;e",
        "1~d~p~1~~1800~~~company~regular~~~0~0~~a||a,b",
    ],
)
def test_what_no_engine_wrote_is_refused(text: str) -> None:
    with pytest.raises(BadTicketError):
        decode(text)


def test_a_name_that_cannot_stand_in_a_hop_is_refused_when_it_is_written() -> None:
    for hop in (
        Hop(Kind.DIAL, target="PJSIP/1,60"),
        Hop(Kind.ANNOUNCE, sounds=("ivr/a&b",)),
        Hop(Kind.QUEUE, posts=(Post("main", "t(x)"),)),
    ):
        with pytest.raises(BadTicketError, match="characters"):
            encode(Ticket("d", "p", 1, None, "1800", hops=(hop,)))


def test_another_version_is_refused() -> None:
    with pytest.raises(BadTicketError, match="version"):
        decode(encode(Ticket("d", "p", 1, None, "1800")).replace("1", "9", 1))
