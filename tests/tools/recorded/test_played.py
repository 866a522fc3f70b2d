"""A recorded caller presses what leads to his topic, and agrees to nothing unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.engine.policies import load_checked
from ivr.policy.model import Choice, Menu, Policy
from ivr.routing.steps import Action, Ask, Go, KeyPressed, NewCall, NoKey, Price
from ivr.tools.recorded.played import Played, key_for, play
from tests.examples.calls import EXAMPLES, LAST_STAGE, REGULAR
from tests.policy.samples import NOW, NUMBER, PLACE
from tests.routing.paid import CHARGEABLE, FREE, LINE, NOON, paid_policy

DIALLED = "+9721800123456"


def policy(name: str = "") -> Policy:
    loaded = load_checked(EXAMPLES / name if name else EXAMPLES.parent)
    assert isinstance(loaded, Policy), str(loaded)
    return loaded


def played(topic: str | None, **changes: object) -> Played:
    call = NewCall("1", NUMBER, DIALLED, int(NOW), REGULAR)
    return play(policy(), replace(call, **changes), topic, NOW)  # type: ignore[arg-type] # run time


def route(call: Played) -> str:
    return call.final.ticket.route


def test_the_key_of_the_recorded_topic_is_pressed() -> None:
    call = played("fault")
    assert [turn.event for turn in call.turns[1:]] == [KeyPressed("1")]
    assert isinstance(call.turns[0].step, Ask)
    assert (route(call), call.final.ticket.topic) == ("faults", "fault")


@pytest.mark.parametrize("topic", [None, "general", "unheard-of"])
def test_no_key_is_pressed_where_none_leads_to_the_topic(topic: str | None) -> None:
    call = played(topic)
    assert [turn.event for turn in call.turns[1:]] == [NoKey(), NoKey()]
    assert route(call) == "everyone"


def test_who_reaches_no_menu_is_placed_at_once() -> None:
    call = played("fault", dialled="")
    assert len(call.turns) == 1
    assert isinstance(call.final, Go)


def test_the_shortest_way_through_menus_is_taken() -> None:
    def menu(name: str, **keys: Choice) -> Menu:
        named = {key.removeprefix("k"): choice for key, choice in keys.items()}
        return Menu(name, name, name, named, Choice(person=True), PLACE)

    menus = {
        "top": menu("top", k1=Choice(menu="deep"), k2=Choice(menu="near"), k3=Choice(menu="top")),
        "deep": menu("deep", k1=Choice(menu="deeper")),
        "deeper": menu("deeper", k1=Choice(topic="fault"), k2=Choice(topic="rare")),
        "near": menu("near", k7=Choice(topic="fault")),
    }
    made = replace(policy(), menus=menus)
    assert key_for(made, "top", "fault") == "2"
    assert key_for(made, "near", "fault") == "7"
    assert key_for(made, "top", "rare") == "1"
    assert key_for(made, "top", "none") == ""
    assert key_for(made, "nowhere", "fault") == ""


def paid(*, agrees: bool) -> Played:
    call = NewCall("1", NUMBER, FREE, int(NOON), CHARGEABLE)
    return play(paid_policy(), call, "billing", NOON, agrees=agrees)


def test_a_paid_line_is_heard_of_and_not_agreed_to() -> None:
    call = paid(agrees=False)
    assert call.offered is LINE
    assert any(isinstance(turn.step, Price) for turn in call.turns)
    assert isinstance(call.final, Go)
    assert (call.final.action, call.final.paid, call.consent) == (Action.HANGUP, None, None)


def test_who_is_said_to_agree_would_be_charged() -> None:
    call = paid(agrees=True)
    assert isinstance(call.final, Go)
    assert call.final.paid is not None
    assert call.consent is not None
    assert call.consent.line == call.final.paid.line == LINE.name


def test_a_number_that_is_told_charges_nobody() -> None:
    call = NewCall("1", NUMBER, DIALLED, int(NOW), LAST_STAGE)
    told = play(policy("paid-line"), call, "general", NOW, agrees=True)
    assert told.offered is not None
    assert (told.final.ticket.route, told.consent) == ("air-time", None)


def test_an_exempt_topic_is_never_offered_a_paid_line() -> None:
    call = NewCall("1", NUMBER, DIALLED, int(NOW), LAST_STAGE)
    assert play(policy("paid-line"), call, "fault", NOW, agrees=True).offered is None
