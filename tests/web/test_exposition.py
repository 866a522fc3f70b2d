"""The page of metrics in pieces is the page at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from twisted.internet.task import Clock

from ivr.web.exposition import PIECE, exposition
from tests.web.http import Client
from tests.web.test_site import Site

FORMATS = ("", "text/plain; version=1.0.0", "application/openmetrics-text; version=1.0.0")


def registry(routes: int, odd: str = "") -> CollectorRegistry:
    made = CollectorRegistry()
    Gauge("a_gauge", "A gauge\nof two lines, # and all.", registry=made).set(3)
    counter = Counter("calls", "Calls.", ["route"], registry=made)
    for n in range(routes):
        counter.labels(f"{odd}{n}").inc(n)
    Histogram("seconds", "Seconds.", ["line"], registry=made).labels("a").observe(2)
    Counter("unused", "Without a sample.", ["route"], registry=made)
    return made


@pytest.mark.parametrize("accept", FORMATS)
@given(routes=st.integers(0, 3 * PIECE), odd=st.text(max_size=5))
def test_pieces_are_the_page_but_for_when_counters_began(
    accept: str, routes: int, odd: str
) -> None:
    encode, _ = choose_encoder(accept)
    made = registry(routes, odd)
    clock, pages = Clock(), list[str]()
    exposition(made, encode, clock).addCallback(pages.append)
    while clock.getDelayedCalls():
        clock.advance(0)
    whole = encode(made).decode().split("\n")
    assert pages[0].split("\n") == [line for line in whole if "_created" not in line]


def test_calls_have_their_turn_between_two_pieces() -> None:
    site = Site()
    counter = Counter("calls", "Calls.", ["route"], registry=site.registry)
    for n in range(10 * PIECE):
        counter.labels(f"route-{n}").inc()
    client = Client(site.factory).ask("GET", "/metrics")
    assert not client.transport.value()  # the next piece comes when others had their turn
    site.clock.advance(0)
    assert client.answer.body.count("route-") == 10 * PIECE


def test_a_scraper_that_left_meanwhile_harms_nobody() -> None:
    site = Site()
    counter = Counter("calls", "Calls.", ["route"], registry=site.registry)
    for n in range(10 * PIECE):
        counter.labels(f"route-{n}").inc()
    client = Client(site.factory).ask("GET", "/metrics")
    client.transport.loseConnection()
    for _ in range(20):
        site.clock.advance(0)
    assert not client.answered


def test_a_collector_that_fails_is_said() -> None:
    site = Site()

    class Broken:
        def collect(self) -> list[object]:
            raise RuntimeError("no figures")

        def describe(self) -> list[object]:
            return []

    site.registry.register(Broken())  # type: ignore[arg-type]  # its shape is what counts
    assert site.ask("GET", "/metrics").code == 500
