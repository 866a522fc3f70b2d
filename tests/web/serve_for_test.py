"""The HTTP port on a real reactor, as a process: prints its port, serves, and ends with stdin."""

from __future__ import annotations

import sys

from prometheus_client import CollectorRegistry
from twisted.internet import protocol, stdio
from twisted.internet import reactor as any_reactor
from twisted.internet.defer import Deferred
from typing_extensions import override

from ivr.web.health import Phase, Readiness, ReloadResult
from ivr.web.metrics import Metrics
from ivr.web.site import Controls, make_site

reactor: object = any_reactor


class UntilClosed(protocol.Protocol):
    @override
    def connectionLost(self, reason: object = None) -> None:
        reactor.stop()  # type: ignore[attr-defined]  # the module is the reactor


def reload() -> Deferred[ReloadResult]:
    later = Deferred[ReloadResult]()
    reactor.callLater(0, later.callback, ReloadResult("77aa"))  # type: ignore[attr-defined]  # same
    return later


def main() -> None:
    metrics = Metrics(CollectorRegistry())
    controls = Controls(lambda: Readiness(Phase.SERVING, "3f2a"), reload)
    site = make_site(metrics.registry, controls, reactor)  # type: ignore[arg-type]  # same
    port = reactor.listenTCP(0, site, interface="127.0.0.1")  # type: ignore[attr-defined]  # same
    stdio.StandardIO(UntilClosed())
    sys.stdout.write(f"{port.getHost().port}\n")
    sys.stdout.flush()
    reactor.run()  # type: ignore[attr-defined]  # same


main()
