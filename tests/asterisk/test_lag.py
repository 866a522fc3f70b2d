from __future__ import annotations

import select
import socket

from ivr.asterisk.lag import HELD, Lag, waited


def test_a_call_in_time_is_not_late() -> None:
    lag = Lag(0.5)
    assert not any(lag.is_too_late(0.5, now) for now in range(10))


def test_one_halt_refuses_nobody() -> None:
    lag = Lag(0.5)
    assert not any(lag.is_too_late(2.0, 10.0 + HELD / 100 * call) for call in range(99))
    assert not lag.is_too_late(0.4, 10.0 + HELD)
    assert not lag.is_too_late(2.0, 10.0 + HELD), "counted anew from the last that was in time"


def test_who_comes_when_all_have_waited_for_long_is_late_until_one_is_in_time() -> None:
    lag = Lag(0.5)
    lag.is_too_late(0.6, 10.0)
    assert lag.is_too_late(0.6, 10.0 + HELD)
    assert lag.is_too_late(0.9, 11.0)
    assert not lag.is_too_late(0.1, 11.0)
    assert not lag.is_too_late(0.9, 11.0)


def test_halts_far_apart_are_each_the_first() -> None:
    lag = Lag(0.5)
    assert not lag.is_too_late(0.6, 10.0)
    assert not lag.is_too_late(0.6, 11.0), "it came when nobody waited any more"
    assert not lag.is_too_late(0.6, 3600.0)


def test_the_last_call_tells_how_it_is_for_a_while() -> None:
    lag = Lag(0.5)
    assert lag.seconds(0.0) == 0
    lag.is_too_late(0.3, 10.0)
    assert lag.seconds(12.0) == 0.3
    assert lag.seconds(100.0) == 0


class Transport:
    def __init__(self, wire: socket.socket) -> None:
        self.wire = wire

    def getHandle(self) -> socket.socket:
        return self.wire


def test_what_waits_in_the_kernel_is_seen_though_nobody_took_the_connection() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.create_connection(port.getsockname()) as far,
    ):
        far.sendall(b"agi_network: yes\n")
        select.select([], [], [], 0.3)  # it waits: that is what is measured
        near, _ = port.accept()
        with near:
            near.recv(100)
            assert 0.25 < waited(Transport(near)) < 20
