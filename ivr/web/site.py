"""The HTTP port: metrics, health, and the order to reload. docs/operating.md is its page.

It has no password. Reading is for whoever is in `http_networks` (loopback by default); the one
order is taken from this machine only, whatever address the port is bound to.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final, cast

from prometheus_client.exposition import choose_encoder
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.http import HTTPChannel
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site
from typing_extensions import override

from ivr.web.bounds import BoundedFactory, Bounds
from ivr.web.exposition import exposition

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from prometheus_client import CollectorRegistry
    from prometheus_client.registry import Collector

    from ivr.web.health import Readiness, ReloadResult
    from ivr.web.wire import Asked, Clock

_log = Logger()

TEXT: Final = "text/plain; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"

#: Seconds that a client may be silent.
IDLE: Final = 5

# A page in a browser on this machine sends one of the first three, and a proxy on it one of the
# others: neither is an operator at this machine, though both connect from it.
_PASSED_ON: Final = (
    "Origin", "Sec-Fetch-Site", "Referer", "Forwarded", "X-Forwarded-For", "Via",
)  # fmt: skip

_INDEX: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>IVR engine</title></head><body>
<h1>IVR engine</h1>
<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus</li>
<li><a href="/healthz">/healthz</a>: 200 while the process turns</li>
<li><a href="/readyz">/readyz</a>: 200 while calls may be sent here; JSON tells any trouble</li>
<li>POST /-/reload: load the policy anew (from this machine only)</li>
</ul>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Controls:
    """What the port may ask of the engine.

    `reload` loads, checks and swaps; two at once are its own to keep apart.
    """

    ready: Callable[[], Readiness]
    reload: Callable[[], Awaitable[ReloadResult]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back; `body` is sent as UTF-8."""

    body: str
    kind: str = TEXT
    code: int = 200


_NOT_FOUND: Final = Reply("This path leads nowhere; / lists those that do.\n", code=404)
_NOT_FROM_HERE: Final = Reply(
    "A reload is ordered at the engine's own machine: curl -X POST there, or send SIGHUP.\n",
    code=403,
)


def make_site(
    registry: CollectorRegistry,
    controls: Controls,
    reactor: Clock,
    bounds: Bounds | None = None,
    refused: Callable[[str, str], object] = lambda _host, _reason: None,
) -> BoundedFactory:
    """The factory to listen with. `refused` is told who was turned away, by address, and why."""
    pages = {
        b"/": Page(lambda _: Reply(_INDEX, HTML)),
        b"/healthz": Page(lambda _: Reply("ok\n")),
        b"/readyz": Page(lambda _: _readiness(controls.ready())),
        b"/metrics": MetricsPage(registry, reactor),
        b"/-/reload": ReloadPage(controls.reload),
    }
    site = QuietSite(Paths(pages), reactor)
    return BoundedFactory(site, reactor, bounds or Bounds(), refused)


def _readiness(readiness: Readiness) -> Reply:
    return Reply(readiness.as_json() + "\n", JSON, 200 if readiness.ready else 503)


class OneAnswer(HTTPChannel):
    """A connection that ends with its answer: what is sent behind a request is nobody's."""

    @override
    def checkPersistence(self, request: object, version: bytes) -> bool:
        return False


class QuietSite(Site):
    """Keeps no access log: scrapes are no news."""

    noisy = False
    protocol = cast("Any", OneAnswer)  # Twisted's default may come to speak HTTP/2

    def __init__(self, paths: Paths, clock: Clock) -> None:
        Site.__init__(self, paths, timeout=IDLE, reactor=clock)

    @override
    def log(self, request: object) -> None:
        """Say nothing."""


class Paths(Resource):
    """Every path of the port, whole."""

    isLeaf = True  # noqa: N815 - Twisted's name; no path is below another

    def __init__(self, pages: Mapping[bytes, Page]) -> None:
        Resource.__init__(self)
        self._pages = pages

    def render(self, request: Asked) -> bytes | int:
        """Twisted's: the body, or NOT_DONE_YET."""
        page = self._pages.get(request.path)
        if page is None:
            return prepare(request, _NOT_FOUND)
        if request.method in page.verbs:
            return page.respond(request)
        allowed = b", ".join(page.verbs).decode()
        request.responseHeaders.setRawHeaders("Allow", [allowed])
        return prepare(request, Reply(f"Only {allowed} can be asked here.\n", code=405))


class Page:
    """A path that is read, and answers at once."""

    verbs: tuple[bytes, ...] = (b"GET", b"HEAD")

    def __init__(self, make: Callable[[Asked], Reply]) -> None:
        self._make = make

    def respond(self, request: Asked) -> bytes | int:
        """The answer to a method that is allowed, as `Paths.render` gives it."""
        return prepare(request, self._make(request))


class LaterPage(Page):
    """A path whose answer takes a while."""

    def __init__(self, make: Callable[[Asked], Awaitable[Reply]]) -> None:
        self._make_later = make

    @override
    def respond(self, request: Asked) -> bytes | int:
        Deferred.fromCoroutine(self._carry_out(request))
        return NOT_DONE_YET

    async def _carry_out(self, request: Asked) -> None:
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)
        reply = await self._make_later(request)
        if not gone:
            request.write(prepare(request, reply))
            request.finish()


class MetricsPage(LaterPage):
    """What Prometheus scrapes."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        super().__init__(self._exposition)
        self._registry = registry
        self._clock = clock

    async def _exposition(self, request: Asked) -> Reply:
        encode, kind = _encoder(request)
        try:
            return Reply(await exposition(self._registry, encode, self._clock), kind)
        except Exception:
            _log.failure("the metrics cannot be told")
            return Reply("The metrics failed by a fault of ours; the log tells more.\n", code=500)


def _encoder(request: Asked) -> tuple[Callable[[Collector], bytes], str]:
    """What the client takes. Where that is nothing at all, the library may raise anything."""
    try:
        return choose_encoder(",".join(request.requestHeaders.getRawHeaders("Accept", [])))
    except Exception:
        return choose_encoder("")


class ReloadPage(LaterPage):
    """Loads the policy anew when a person at this machine says so."""

    verbs = (b"POST",)

    def __init__(self, reload: Callable[[], Awaitable[ReloadResult]]) -> None:
        super().__init__(self._outcome)
        self._reload = reload

    async def _outcome(self, request: Asked) -> Reply:
        if not _is_from_here(request):
            return _NOT_FROM_HERE
        try:
            result = await self._reload()
        except Exception:  # a bug in a reload must not hold the client, nor stop the engine
            _log.failure("a reload failed")
            return Reply("The reload failed by a fault of ours; the log tells more.\n", code=500)
        kept = f"In force: {result.policy_hash or 'no policy'}\n"
        if result.problems:
            return Reply("".join(f"{line}\n" for line in result.problems) + kept, code=422)
        return Reply(kept)


def prepare(request: Asked, reply: Reply) -> bytes:
    """Set code and headers, and return the body as Twisted wants it."""
    request.setResponseCode(reply.code)
    body = reply.body.encode()
    headers = request.responseHeaders
    headers.removeHeader("Server")
    headers.setRawHeaders("Content-Type", [reply.kind])
    headers.setRawHeaders("Content-Length", [str(len(body))])
    headers.setRawHeaders("Cache-Control", ["no-store"])
    headers.setRawHeaders("X-Content-Type-Options", ["nosniff"])
    headers.setRawHeaders("Connection", ["close"])
    return body


def _is_from_here(request: Asked) -> bool:
    """Whether the request comes from this machine, and neither by a web page nor by a proxy."""
    try:
        address = ip_address(str(getattr(request.getClientAddress(), "host", "")))
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    passed_on = any(request.requestHeaders.hasHeader(name) for name in _PASSED_ON)
    return address.is_loopback and not passed_on
