"""Certificates for tests, and a Redis that shows one."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.ports import free_port
from tests.store.servers import redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Papers:
    """A certificate for 127.0.0.1 and `localhost`, and who signed it."""

    authority: Path
    certificate: Path
    key: Path

    def words(self, port: str) -> dict[str, str]:
        """How a server listens that speaks TLS only, to its like too."""
        return {
            "port": "0", "tls-port": port, "tls-cert-file": str(self.certificate),
            "tls-key-file": str(self.key), "tls-ca-cert-file": str(self.authority),
            "tls-auth-clients": "no", "tls-replication": "yes", "tls-cluster": "yes",
        }  # fmt: skip


def papers(folder: Path) -> Papers:
    """Made by openssl: an authority of our own, and a server's certificate that it signed."""
    ca, ca_key = folder / "ca.crt", folder / "ca.key"
    certificate, key, request = folder / "redis.crt", folder / "redis.key", folder / "redis.csr"
    names = folder / "names"
    names.write_text("subjectAltName=IP:127.0.0.1\n")
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test CA",
             "-keyout", ca_key, "-out", ca)  # fmt: skip
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=redis", "-keyout", key,
             "-out", request)  # fmt: skip
    _openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
             "-days", "2", "-extfile", names, "-out", certificate)  # fmt: skip
    return Papers(ca, certificate, key)


@contextmanager
def by_tls(folder: Path, shown: Papers) -> Iterator[int]:
    """A server that speaks TLS beside plain text; its TLS port."""
    port = free_port()
    options = (
        "--tls-port", str(port), "--tls-cert-file", str(shown.certificate),
        "--tls-key-file", str(shown.key), "--tls-ca-cert-file", str(shown.authority),
        "--tls-auth-clients", "no",
    )  # fmt: skip
    with redis_server(folder, *options):
        yield port


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
