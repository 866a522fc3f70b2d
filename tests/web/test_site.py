from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, cast

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher

from ivr.web.bounds import Bounds
from ivr.web.health import Phase, Readiness, ReloadResult
from ivr.web.site import Controls, make_site
from tests.web.http import Answer, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.web.bounds import BoundedFactory

SERVING = Readiness(Phase.SERVING, "3f2a", sessions=7, version="0.1.0")


class Engine:
    """What the port asks, and how often."""

    def __init__(self) -> None:
        self.readiness = SERVING
        self.reloads: list[Deferred[ReloadResult]] = []
        self.result: Deferred[ReloadResult] | None = None

    def reload(self) -> Deferred[ReloadResult]:
        result = self.result or succeed(ReloadResult("77aa"))
        self.reloads.append(result)
        return result


class Site:
    def __init__(self, bounds: Bounds | None = None) -> None:
        self.clock = Clock()
        self.refused: list[tuple[str, str]] = []
        bounds = bounds or Bounds(networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
        self.engine = Engine()
        self.registry = CollectorRegistry()
        controls = Controls(lambda: self.engine.readiness, self.engine.reload)
        self.factory: BoundedFactory = make_site(
            self.registry, controls, self.clock, bounds, self._refuse
        )

    def _refuse(self, host: str, reason: str) -> None:
        self.refused.append((host, reason))

    def ask(self, verb: str, path: str, host: str = "127.0.0.1", **headers: str) -> Answer:
        return Client(self.factory, host).ask(verb, path, **headers).answer


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def log() -> Iterator[list[LogEvent]]:
    events: list[LogEvent] = []
    observer = cast("ILogObserver", events.append)
    globalLogPublisher.addObserver(observer)
    yield events
    globalLogPublisher.removeObserver(observer)


def test_healthz_says_that_the_process_turns(site: Site) -> None:
    site.engine.readiness = Readiness(Phase.STARTING, None)
    assert site.ask("GET", "/healthz").code == 200


@pytest.mark.parametrize(
    ("readiness", "code"),
    [
        (SERVING, 200),
        (replace(SERVING, troubles=("the store does not answer",)), 200),
        (replace(SERVING, phase=Phase.STARTING), 503),
        (replace(SERVING, phase=Phase.DRAINING), 503),
        (replace(SERVING, policy_hash=None), 503),
    ],
)
def test_readyz_is_200_with_the_store_gone_and_503_only_at_either_end(
    site: Site, readiness: Readiness, code: int
) -> None:
    site.engine.readiness = readiness
    answer = site.ask("GET", "/readyz")
    assert answer.code == code
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.body) == {
        "ready": code == 200,
        "phase": readiness.phase.value,
        "policy": readiness.policy_hash,
        "troubles": list(readiness.troubles),
        "sessions": 7,
        "version": "0.1.0",
    }


def test_metrics_are_plain_text_unless_openmetrics_is_asked_for(site: Site) -> None:
    Counter("tries_total", "Tries.", registry=site.registry).inc()
    plain = site.ask("GET", "/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "tries_total 1.0\n" in plain.body
    asked = site.ask("GET", "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert asked.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert [family.name for family in text_string_to_metric_families(asked.body)] == ["tries"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics"])
def test_head_tells_what_get_would_without_the_body(site: Site, path: str) -> None:
    Counter("tries_total", "Tries.", registry=site.registry).inc()
    whole = site.ask("GET", path)
    head = site.ask("HEAD", path)
    assert head.body == ""
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}
    assert head.code == whole.code
    assert int(head.headers["content-length"]) == len(whole.body) > 0


def test_the_index_names_every_path(site: Site) -> None:
    index = site.ask("GET", "/").body
    assert all(path in index for path in ("/metrics", "/healthz", "/readyz", "/-/reload"))


@pytest.mark.parametrize("path", ["/nothing", "/-/", "/-/reload/", "/metrics/x", "/%2d/reload"])
@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
def test_what_is_not_there_is_404_in_one_line(site: Site, verb: str, path: str) -> None:
    answer = site.ask(verb, path)
    assert answer.code == 404
    assert answer.body.count("\n") == 1
    assert site.engine.reloads == []


def test_a_query_does_not_hide_a_path(site: Site) -> None:
    assert site.ask("GET", "/healthz?from=lb").code == 200


@pytest.mark.parametrize("verb", ["GET", "HEAD", "PUT", "DELETE"])
def test_reload_is_by_post_only(site: Site, verb: str) -> None:
    answer = site.ask(verb, "/-/reload")
    assert (answer.code, answer.headers["allow"]) == (405, "POST")
    assert site.engine.reloads == []


def test_a_page_that_is_read_takes_no_post(site: Site) -> None:
    answer = site.ask("POST", "/metrics")
    assert (answer.code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_reload_answers_this_machine_with_the_hash(site: Site, host: str) -> None:
    answer = site.ask("POST", "/-/reload", host)
    assert (answer.code, answer.body) == (200, "In force: 77aa\n")


@pytest.mark.parametrize("host", ["10.0.0.5", "192.168.1.9", "::ffff:10.0.0.5", "fe80::1"])
def test_reload_refuses_every_other_machine(site: Site, host: str) -> None:
    assert site.ask("POST", "/-/reload", host).code == 403
    assert site.engine.reloads == []


@pytest.mark.parametrize(
    "header", ["Origin", "Sec_Fetch_Site", "Referer", "Forwarded", "X_Forwarded_For", "Via"]
)
def test_reload_refuses_a_web_page_and_a_proxy_on_this_machine(site: Site, header: str) -> None:
    assert site.ask("POST", "/-/reload", "127.0.0.1", **{header: "somebody"}).code == 403
    assert site.engine.reloads == []


def test_a_refused_policy_is_422_with_the_problems_and_what_stays(site: Site) -> None:
    problems = ("routes/a.yaml:3:5: no such queue: write one of main, senior", "b.yaml:1:1: empty")
    site.engine.result = succeed(ReloadResult("3f2a", problems))
    answer = site.ask("POST", "/-/reload")
    assert answer.code == 422
    assert answer.body.splitlines() == [*problems, "In force: 3f2a"]


def test_a_reload_that_breaks_is_500_and_is_logged(site: Site, log: list[LogEvent]) -> None:
    site.engine.result = broken = Deferred[ReloadResult]()
    broken.errback(RuntimeError("a bug"))
    assert site.ask("POST", "/-/reload").code == 500
    assert "a bug" in str([event["log_failure"] for event in log if "log_failure" in event])


def test_a_client_that_leaves_during_a_reload_does_not_stop_it(
    site: Site, log: list[LogEvent]
) -> None:
    site.engine.result = slow = Deferred[ReloadResult]()
    client = Client(site.factory).ask("POST", "/-/reload")
    assert not client.answered
    client.transport.loseConnection()
    slow.callback(ReloadResult("77aa"))
    assert not client.answered
    assert not [event for event in log if "log_failure" in event]


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/nowhere"])
def test_an_answer_ends_the_connection(site: Site, path: str) -> None:
    client = Client(site.factory).ask("GET", path)
    assert client.answer.headers["connection"] == "close"
    assert not client.connected


def test_what_is_sent_behind_a_request_is_not_read(site: Site) -> None:
    """Nor is it when a proxy in between takes it for somebody else's."""
    client = Client(site.factory)
    client.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    assert client.transport.value().count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n",
        b"Content-Length: 0\r\nContent-Length: 44\r\n",
        b"Content-Length: +0\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999\r\n",
        b"Origin : http://example.org\r\n",
        b"X: a\rOrigin: http://example.org\r\n",
        b"Ori\0gin: http://example.org\r\n",
        b"X: a\r\n Origin: http://example.org\r\nVia: a\r\n",
        b"X: a\nOrigin: http://example.org\r\n",
    ],
)
def test_a_request_that_two_would_read_in_two_ways_orders_nothing(site: Site, lines: bytes) -> None:
    client = Client(site.factory)
    again = b"POST /-/reload HTTP/1.1\r\nHost: a\r\n\r\n"
    client.send(b"POST /-/reload HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n0\r\n\r\n" + again)
    assert site.engine.reloads == []
    assert client.transport.value().count(b"HTTP/1.1 ") <= 1
    client.transport.loseConnection()


@pytest.mark.parametrize(
    "accept",
    ["application/openmetrics-text; version=a", "x;q=nan", "a/b;" * 200, "\xff;;=,", ""],
)
def test_a_scraper_that_asks_for_what_is_none_gets_plain_text(site: Site, accept: str) -> None:
    sent = f"GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\n\r\n"
    answer = Client(site.factory).send(sent.encode("latin-1")).answer
    assert (answer.code, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")


def test_only_so_many_connections_at_once() -> None:
    site = Site(Bounds(connections=2))
    first, _second = Client(site.factory), Client(site.factory)
    assert Client(site.factory).refused
    assert site.refused == [("127.0.0.1", "connections")]
    first.transport.loseConnection()
    assert not Client(site.factory).refused


@pytest.mark.parametrize("host", ["10.0.0.5", "192.168.1.9", "::ffff:10.0.0.5", "fe80::1"])
def test_who_is_outside_of_the_networks_is_not_read(host: str) -> None:
    site = Site(Bounds(networks=(ip_network("10.1.2.0/24"),)))
    assert Client(site.factory, host).refused
    assert site.refused == [(host, "network")]
    assert site.ask("GET", "/healthz", "10.1.2.3").code == 200
    assert Client(site.factory).refused  # this machine is a network as any other


def test_a_silent_client_is_cut_after_some_seconds(site: Site) -> None:
    client = Client(site.factory)
    site.clock.advance(6)
    assert not client.connected


def test_a_client_that_sends_a_byte_a_second_is_cut_when_its_life_is_over() -> None:
    site = Site(Bounds(life=10))
    client = Client(site.factory)
    for byte in b"GET /metri":
        client.send(bytes([byte]))
        site.clock.advance(1)
    assert not client.connected


@pytest.mark.parametrize(
    "flood",
    [
        b"GET /" + b"x" * 70_000,
        b"GET / HTTP/1.1\r\n" + b"X-Header: y\r\n" * 5_000,
        b"POST /-/reload HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n" + b"z" * 70_000,
        b"POST /-/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" * 9_000,
    ],
    ids=["line", "headers", "body", "chunks"],
)
def test_a_loud_client_is_cut(site: Site, flood: bytes) -> None:
    client = Client(site.factory)
    for start in range(0, len(flood), 1000):
        if not client.connected:
            break
        client.send(flood[start : start + 1000])
    assert not client.connected
    assert site.engine.reloads == []


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"\r\n\r\n\r\n", b"\x00" * 99]
)
def test_junk_breaks_nothing(site: Site, log: list[LogEvent], junk: bytes) -> None:
    client = Client(site.factory).send(junk)
    site.clock.advance(100)
    assert not client.connected
    assert site.clock.getDelayedCalls() == []
    assert not [event for event in log if "log_failure" in event]


def test_nothing_is_left_running_after_a_request(site: Site) -> None:
    client = Client(site.factory).ask("GET", "/healthz")
    client.transport.loseConnection()
    assert site.clock.getDelayedCalls() == []


def test_a_scrape_leaves_no_log_line(site: Site, log: list[Any]) -> None:
    site.ask("GET", "/metrics")
    assert log == []
