"""The servers of deploy/redis/, started with those very files.

Only what an operator must change is changed: addresses, ports and folders; and the second server is
told whom it follows at first.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from tests import ROOT
from tests.store.groups import Guarded, SentinelServer
from tests.store.servers import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redis import Redis

    from tests.store.papers import Papers

FILES = ROOT / "deploy" / "redis"

#: What the samples have for passwords.
IVR, SENTINELS, OPERATOR = (f"change-me-{who}" for who in ("ivr", "sentinels", "operator"))

_PRIMARY = "192.0.2.11"
_SENTINELS = 3


def sample(name: str, folder: Path, port: int, primary: int, papers: Papers | None) -> str:
    """One of the files, for a server in this folder at this port; with papers, by TLS."""
    text = (FILES / name).read_text()
    if papers is not None:
        text = re.sub(r"^#(?=port 0$|tls-)", "", text, flags=re.MULTILINE)
        for paper in (papers.authority, papers.certificate, papers.key):
            assert f"/etc/redis/{paper.name}" in text
            text = text.replace(f"/etc/redis/{paper.name}", str(paper))
    for sampled, here in {
        f"{_PRIMARY} 6379": f"127.0.0.1 {primary}",
        f"bind 127.0.0.1 {_PRIMARY}\n": "bind 127.0.0.1\n",
        "port 6379\n": f"port {port}\n",
        "port 26379\n": f"port {port}\n",
        "dir /var/lib/redis\n": f"dir {folder}\n",
    }.items():
        text = text.replace(sampled, here)
    assert _PRIMARY not in text
    return text


class DeployedRedis(RedisServer):
    """A server by redis.conf; its client is the operator."""

    def command(self) -> list[str]:
        return [*self.program, str(self.folder / "redis.conf")]

    def client(self, **more: Any) -> Redis:
        return super().client(username="operator", password=OPERATOR, **more)


class DeployedSentinel(SentinelServer):
    """A Sentinel by sentinel.conf, in no haste."""

    def start(self) -> None:
        self.launch()
        self.wait_for("+monitor master")


@contextmanager
def deployed(folder: Path, papers: Papers | None = None) -> Iterator[Guarded]:
    """A primary, its replica and three Sentinels run and know each other."""
    with ExitStack() as stack:
        primary, replica = (DeployedRedis(folder / name, papers=papers) for name in "ab")
        sentinels = [DeployedSentinel(folder / f"s{n}", papers=papers) for n in range(_SENTINELS)]
        for each in (primary, replica, *sentinels):
            each.folder.mkdir()
            name = "sentinel.conf" if each in sentinels else "redis.conf"
            text = sample(name, each.folder, each.port, primary.port, papers)
            if each is replica:
                text = text.replace("#replicaof", "replicaof")
            (each.folder / name).write_text(text)
            stack.callback(each.kill)
            each.start()
            if each is replica:
                each.wait_for("Finished with success")
        for each in sentinels:
            each.wait_for("+sentinel sentinel", _SENTINELS - 1)
            each.wait_for("+slave slave")
        yield Guarded(primary, replica, sentinels)
