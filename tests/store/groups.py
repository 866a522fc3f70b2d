"""Servers that belong together: a primary with its replica and three Sentinels, and a cluster."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis.cluster import RedisCluster
from redis.crc import key_slot

from ivr.store.redis import keys
from tests.store.servers import DURABLE, RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.store.papers import Papers

#: Milliseconds between what Sentinels ask and tell, which take seconds else. For four times the
#: period of publishing the others let one promote a replica before they take it back, and on a busy
#: machine that takes a second.
_HASTE = ("PING-PERIOD", 100, "INFO-PERIOD", 200, "PUBLISH-PERIOD", 1000, "ASK-PERIOD", 100)

#: What the Sentinels call the primary.
NAME = "ivr"
_SENTINELS = 3
_SLOTS = 16384

#: What the servers of a cluster have.
_CLUSTER = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")

_SENTINEL = """\
bind 127.0.0.1
dir {folder}
sentinel monitor {name} 127.0.0.1 {primary} 2
sentinel down-after-milliseconds {name} 2000
sentinel failover-timeout {name} 1500
"""


class SentinelServer(RedisServer):
    """One Sentinel; its options are its configuration file, which it rewrites."""

    def command(self) -> list[str]:
        return [*self.program, str(self.folder / "sentinel.conf"), "--sentinel"]

    def start(self) -> None:
        """Returns when it looks after the primary."""
        self.launch()
        self.wait_for("+monitor master")
        with self.client() as client:
            client.execute_command("SENTINEL", "DEBUG", *_HASTE)


@dataclass
class Guarded:
    """A primary and its replica, looked after by Sentinels."""

    primary: RedisServer
    replica: RedisServer
    sentinels: Sequence[SentinelServer]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self.sentinels)
        return f"{self.primary.url.partition(':')[0]}+sentinel://{hosts}/{NAME}"

    def fail_over(self) -> None:
        """Kill the primary; returns when every Sentinel names the other server."""
        self.primary.kill()
        for each in self.sentinels:
            each.wait_for("+switch-master")
        self.primary, self.replica = self.replica, self.primary

    def come_back(self) -> None:
        """Start the server that was killed; returns when it follows the new primary."""
        self.replica.start()
        self.replica.wait_for("Finished with success")


@contextmanager
def guarded(folder: Path, *options: str, papers: Papers | None = None) -> Iterator[Guarded]:
    """All of them run and know each other."""
    with ExitStack() as stack:
        primary = _server(stack, folder / "a", papers, *DURABLE, *options)
        follows = ("--replicaof", f"127.0.0.1 {primary.port}")
        replica = _server(stack, folder / "b", papers, *DURABLE, *options, *follows)
        replica.wait_for("Finished with success")
        sentinels = [_sentinel(stack, folder / f"s{n}", primary) for n in range(_SENTINELS)]
        for each in sentinels:
            each.wait_for("+sentinel sentinel", _SENTINELS - 1)
            each.wait_for("+slave slave")
        yield Guarded(primary, replica, sentinels)


def _sentinel(stack: ExitStack, folder: Path, primary: RedisServer) -> SentinelServer:
    folder.mkdir()
    server = SentinelServer(folder, papers=primary.papers)
    text = _SENTINEL.format(folder=folder, name=NAME, primary=primary.port)
    listens = (f"{name} {value}\n" for name, value in server.words.items())
    (folder / "sentinel.conf").write_text("".join(listens) + text)
    stack.callback(server.kill)
    server.start()
    return server


def _server(stack: ExitStack, folder: Path, papers: Papers | None, *options: str) -> RedisServer:
    folder.mkdir(parents=True)
    server = RedisServer(folder, options, papers=papers)
    stack.callback(server.kill)
    server.start()
    return server


@dataclass
class Cluster:
    """Primaries, each with a third of the slots, and a replica of each if there are any."""

    primaries: Sequence[RedisServer]
    replicas: Sequence[RedisServer]

    @property
    def url(self) -> str:
        return self.primaries[0].url.replace("://", "+cluster://")

    @property
    def servers(self) -> Sequence[RedisServer]:
        return [*self.primaries, *self.replicas]

    def client(self) -> RedisCluster:
        """redis-py's own, to look inside."""
        return RedisCluster(host="127.0.0.1", port=self.primaries[0].port)

    def clear(self) -> None:
        """Forget everything."""
        for each in self.primaries:
            with each.client() as client:
                client.flushall()

    def reconcile(self) -> None:
        """Say that nothing was lost, as `ivr store reconcile` does."""
        with self.client() as client:
            client.sadd(keys.RECONCILED, *map(RedisServer.run_id, self.primaries))

    def wait_until_well(self) -> None:
        """Until those that were started again, and all others, see the whole cluster."""
        for each in self.servers:
            with each.client() as client:
                while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
                    pass

    def fail_over(self, number: int) -> None:
        """Kill a primary; returns when its replica has taken over, and all know it."""
        self.primaries[number].kill()
        self.replicas[number].wait_for("Failover election won")
        left = [*self.primaries[:number], *self.primaries[number + 1 :], *self.replicas]
        self.primaries = [*self.primaries[:number], self.replicas[number],
                          *self.primaries[number + 1 :]]  # fmt: skip
        self.replicas = [each for each in left if each not in self.primaries]
        self.wait_until_well()

    def move(self, key: str) -> None:
        """Give the slot of a key, with all that is in it, to the next server."""
        with self.moving(key):
            pass

    @contextmanager
    def moving(self, key: str) -> Iterator[None]:
        """The same; meanwhile both have a part in it, and its keys are with the next."""
        slot = key_slot(key.encode())
        old = next(each for each in self.primaries if self._has(each, slot))
        new = self.primaries[(self.primaries.index(old) + 1) % len(self.primaries)]
        _tell(new, "SETSLOT", slot, "IMPORTING", _tell(old, "MYID"))
        _tell(old, "SETSLOT", slot, "MIGRATING", _tell(new, "MYID"))
        with old.client() as client:
            found = client.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 1000)
            client.execute_command(
                "MIGRATE", "127.0.0.1", new.port, "", 0, 5000, "KEYS", *found
            )  # fmt: skip
        yield
        for each in (new, old, *self.servers):
            _tell(each, "SETSLOT", slot, "NODE", _tell(new, "MYID"))

    def _has(self, server: RedisServer, slot: int) -> bool:
        with server.client() as client:
            mine = client.execute_command("CLUSTER", "MYID").decode()
            for first, last, (_, _, owner, *_), *_ in client.execute_command("CLUSTER", "SLOTS"):
                if first <= slot <= last:
                    return bool(owner.decode() == mine)
        return False


@contextmanager
def cluster(
    folder: Path, *options: str, replicas: bool = False, papers: Papers | None = None
) -> Iterator[Cluster]:
    """Three primaries that agree who has which slots; with `replicas`, one of each follows it."""
    with ExitStack() as stack:
        servers = [
            _server(stack, folder / f"c{n}", papers, *DURABLE, *_CLUSTER, *options)
            for n in range(6 if replicas else 3)
        ]
        primaries, others = servers[:3], servers[3:]
        for n, each in enumerate(primaries):
            first, last = _SLOTS * n // 3, _SLOTS * (n + 1) // 3 - 1
            _tell(each, "SET-CONFIG-EPOCH", n + 1)
            _tell(each, "ADDSLOTSRANGE", first, last)
        for each in servers[1:]:
            _tell(servers[0], "MEET", "127.0.0.1", each.port)
        for each in servers:
            each.wait_for("Cluster state changed: ok")
        for primary, other in zip(primaries, others, strict=False):
            _tell(other, "REPLICATE", _tell(primary, "MYID"))
            other.wait_for("Finished with success")
        yield Cluster(primaries, others)


def _tell(server: RedisServer, *words: str | int) -> str:
    with server.client() as client:
        answer = client.execute_command("CLUSTER", *words)
    return answer.decode() if isinstance(answer, bytes) else ""
