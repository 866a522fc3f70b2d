"""Names cannot be resolved: of all that the engine speaks to, only a shared store has one."""

from __future__ import annotations

from pathlib import Path

from tests.faults.conftest import Start
from tests.faults.engine import REGULAR
from tests.faults.namespace import mounted
from tests.store.servers import redis_server

NAME = "store.invalid"  # RFC 6761: never to be resolved, unless /etc/hosts has it


def test_a_store_whose_name_is_gone_is_a_store_that_is_gone(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    with (
        redis_server(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as server,
        mounted("--bind", str(hosts), "/etc/hosts") as namespace,
    ):
        engine = start(store=f"redis://{NAME}:{server.port}", inside=namespace.inside)
        gone = engine.call()
        assert (gone["tier"], gone["queue"], gone["degraded"]) == (
            "regular", "load-main", "store-failed",
        )  # fmt: skip
        assert NAME in str(engine.wait_log(lambda e: e["event"] == "store")["detail"])
        assert not engine.report(REGULAR)
        engine.wait_log(lambda e: e["event"] == "trouble")
        hosts.write_text(f"127.0.0.1 localhost {NAME}\n")
        engine.wait_log(lambda e: e["event"] == "no trouble any more")
        assert engine.call()["degraded"] is None
        assert engine.report(REGULAR)
        engine.close()
