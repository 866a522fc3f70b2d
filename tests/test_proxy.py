"""The spoilt network does to what passes through it what it says."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.proxy import Proxy, proxy

PATIENCE = 20.0


class Echo:
    """Sends back what it is sent, and keeps it."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._news = threading.Condition()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                wire, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[wire], daemon=True).start()

    def _answer(self, wire: socket.socket) -> None:
        with wire:
            try:
                while data := wire.recv(100):
                    with self._news:
                        self.heard.append(data)
                        self._news.notify_all()
                    wire.sendall(data)
            except OSError:
                return

    def wait_heard(self, data: bytes) -> None:
        with self._news:
            assert self._news.wait_for(lambda: data in self.heard, PATIENCE)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.close()


@pytest.fixture
def net(echo: Echo) -> Iterator[Proxy]:
    with proxy(echo.address) as net:
        yield net


def connect(net: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", net.port), PATIENCE)


def is_over(wire: socket.socket) -> bool:
    try:
        return wire.recv(1) == b""
    except ConnectionError:
        return True


def test_fair_it_passes_on_both_ways_and_the_end(net: Proxy) -> None:
    with connect(net) as wire:
        wire.sendall(b"hello")
        assert wire.recv(100) == b"hello"
        wire.shutdown(socket.SHUT_WR)
        assert is_over(wire)


def test_slow_it_passes_on_later(net: Proxy) -> None:
    net.slow(1.5)
    with connect(net) as wire:
        wire.settimeout(0.2)
        wire.sendall(b"hello")
        with pytest.raises(TimeoutError):
            wire.recv(100)
        wire.settimeout(PATIENCE)
        assert wire.recv(100) == b"hello"


def test_cut_it_resets_what_is_there_and_what_comes(net: Proxy) -> None:
    with connect(net) as wire:
        wire.sendall(b"hello")
        assert wire.recv(100) == b"hello"
        net.cut()
        assert is_over(wire)
    with connect(net) as wire:
        assert is_over(wire)
    net.heal()
    with connect(net) as wire:
        wire.sendall(b"again")
        assert wire.recv(100) == b"again"


def test_one_way_what_is_asked_arrives(net: Proxy, echo: Echo) -> None:
    net.lose_answers()
    with connect(net) as wire:
        wire.sendall(b"hello")
        echo.wait_heard(b"hello")
        wire.settimeout(0.2)
        with pytest.raises(TimeoutError):
            wire.recv(100)
        wire.settimeout(PATIENCE)
        net.heal()
        assert is_over(wire), "what was lost cannot be made up for"


def test_half_open_it_takes_connections_and_nothing_else(net: Proxy, echo: Echo) -> None:
    net.swallow()
    with connect(net) as wire:
        wire.sendall(b"hello")
        wire.settimeout(0.2)
        with pytest.raises(TimeoutError):
            wire.recv(100)
    assert echo.heard == []
    net.heal()
    with connect(net) as wire:
        wire.sendall(b"again")
        assert wire.recv(100) == b"again"


def test_closed_while_a_connection_comes_it_leaves_nothing_open(echo: Echo) -> None:
    busy = Proxy(echo.address)
    with ExitStack() as wires:
        for _ in range(100):
            wires.enter_context(connect(busy))
        busy.close()
    gc.collect()  # what was forgotten says so now, which is an error here
