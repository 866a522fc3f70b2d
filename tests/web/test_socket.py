"""The port over a real socket, with a client that is not Twisted's."""

from __future__ import annotations

import http.client
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def port() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.web.serve_for_test"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.stdin.close()
        assert server.wait(10) == 0


def _ask(port: int, verb: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(verb, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_a_scrape_a_check_and_a_reload_over_a_socket(port: int) -> None:
    code, body = _ask(port, "GET", "/metrics")
    assert code == 200
    assert "ivr_sessions_active 0.0" in body
    assert "process_cpu_seconds_total" in body
    assert _ask(port, "GET", "/readyz")[0] == 200
    assert _ask(port, "POST", "/-/reload") == (200, "In force: 77aa\n")
    assert _ask(port, "GET", "/nothing")[0] == 404
