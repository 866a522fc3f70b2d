from __future__ import annotations

from ipaddress import ip_network

import pytest

from ivr.asterisk.limits import Door, Limits, Refusal
from ivr.engine.networks import LOOPBACK, is_allowed


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_the_loopback_alone_is_allowed_unless_said_otherwise(host: str, allowed: bool) -> None:
    assert is_allowed(host, LOOPBACK) is allowed


def test_networks_of_both_kinds() -> None:
    networks = (ip_network("10.0.0.0/8"), ip_network("fe80::/10"))
    assert is_allowed("10.1.2.3", networks)
    assert is_allowed("fe80::1%eth0", networks)
    assert not is_allowed("127.0.0.1", networks)
    assert not is_allowed("127.0.0.1", ())


def test_an_address_that_left_is_forgotten() -> None:
    door = Door(Limits(connections_per_address=1))
    for _ in range(3):
        assert door.refusal("127.0.0.1") is None
        door.enter("127.0.0.1")
        assert door.refusal("127.0.0.1") is Refusal.ADDRESS
        door.leave("127.0.0.1")
    assert door._inside == {}
