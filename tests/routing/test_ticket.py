"""The ticket that a call carries: it survives the way through the dialplan, or is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ivr.callers.values import changed
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


def plainly(ticket: Ticket) -> str | None:
    """The text, written a value at a time; None where one of them may not stand in a ticket."""
    values = [ticket.decision, ticket.policy, str(ticket.first), ticket.number or "",
              ticket.dialled, ticket.entrypoint, ticket.language, ticket.pays.value,
              ticket.tier.value, ticket.topic or "", ticket.route, str(ticket.head_start),
              str(ticket.taken), "b" if ticket.back else ""]  # fmt: skip
    ways = []
    for hop in ticket.hops:
        lists = [[hop.target]]
        if hop.kind is Kind.QUEUE:
            lists = [[each.queue, each.options, each.music, each.announce] for each in hop.posts]
        elif hop.kind is Kind.ANNOUNCE:
            lists = [[sound] for sound in hop.sounds]
        values += [value for each in lists for value in each]
        body = "&".join(";".join(each).rstrip(";") for each in lists)
        ways.append("|".join([hop.kind.value, str(hop.seconds or ""), body]))
    safe = all(re.fullmatch(r"[A-Za-z0-9_.:/@+*=#-]*", value) for value in values)
    return "~".join(["1", *values[:14], "!".join(ways)]) if safe else None


odd = st.text(st.sampled_from("a0=#~!|&;, \n\u05d0\u0663"), max_size=3)


@st.composite
def odd_tickets(draw: st.DrawFn) -> Ticket:
    """Tickets of which one value, or none, is odd."""
    ticket, place = draw(tickets), draw(st.integers(0, 3))
    if place == 0:
        name = draw(st.sampled_from(["decision", "policy", "number", "dialled", "topic", "route"]))
        return changed(ticket, **{name: draw(odd)})
    hop = draw(hops)
    if place == 1:
        hop = replace(hop, target=draw(odd))
    elif place == 2:
        hop = replace(hop, sounds=(*hop.sounds, draw(odd)))
    elif place == 3:
        hop = replace(hop, posts=(draw(posts), Post(draw(odd), draw(maybe), draw(odd))))
    return replace(ticket, hops=(*ticket.hops, hop))


@given(odd_tickets())
def test_a_ticket_is_written_value_by_value(ticket: Ticket) -> None:
    expected = plainly(ticket)
    if expected is None:
        with pytest.raises(BadTicketError, match="characters"):
            encode(ticket)
    else:
        assume(len(expected) <= LIMIT)
        assert encode(ticket) == expected


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
        "1~d~p~1~~1800~~~company~regular~~~0~0~~d||a,b",
        "1~d~p~1~~1800~~~company~regular~~~0~0~~q||ma,in",
        "1~d~p~1~~18,00~~~company~regular~~~0~0~~q||main",
        "1~d~p~1~~1800~~~company~regular~~a|b~0~0~~q||main",
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
