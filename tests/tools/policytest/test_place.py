"""A caller's place: what `head_start` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.routing import onward
from tests.tools.policytest.samples import wrong

if TYPE_CHECKING:
    import pytest

    from ivr.routing.ticket import Ticket

SLOW = "- queues: {senior: empty}\n- call: {from: ruth}\n"


def test_a_place_is_the_same_in_each_queue() -> None:
    assert not wrong(SLOW + "  expect: {way: [senior, main], head_start: 20m}")
    assert not wrong('- call: {from: noam, keys: ["2"]}\n  expect: {head_start: 0s}')


def test_a_place_that_is_lost_on_the_way_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(ticket: Ticket) -> int:
        ahead = 0 if ticket.taken else ticket.head_start
        return ahead - (ticket.first - onward.FIXED_DATE)

    monkeypatch.setattr(onward, "priority", forgetful)
    assert wrong(SLOW + "  expect: {head_start: 20m}") == [
        "head_start: expected 20m, got [20m, 0s]"
    ]


def test_an_announcement_leaves_no_place_and_no_mistake() -> None:
    assert not wrong("""\
        - until: "2026-11-22 18:00"
        - call: {from: ruth}
          expect: {action: announce, head_start: 0s}
        - call: {from: noam, forwarded_by: "1800123456"}
          expect: {action: fallback, head_start: 0s}
    """)
