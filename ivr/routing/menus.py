"""A menu: how it is played, and what a key in it chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.values import changed
from ivr.policy.model import Choice
from ivr.routing.call import CallState, Phase
from ivr.routing.greeting import greeting
from ivr.routing.spoken import sound
from ivr.routing.steps import Ask

if TYPE_CHECKING:
    from ivr.policy.model import Menu, Policy

PERSON: Final = Choice(person=True)


def play(policy: Policy, state: CallState) -> tuple[CallState, Ask]:
    """Play the menu that `state` names: after the first time slower, and with twice the wait."""
    menu = policy.menus[state.menu]
    first = state.plays == 0
    sounds = (*greeting(policy, state), sound(menu.prompt if first else menu.again))
    asking = changed(
        state, phase=Phase.IN_MENU, greeted=True, plays=state.plays + 1, asked=state.asked + 1
    )
    return asking, Ask(asking.ticket, sounds, menu.wait if first else 2 * menu.wait)


def chosen(menu: Menu, key: str) -> Choice | None:
    """What the key chooses; `0` is a person in every menu. None: the key means nothing here."""
    return menu.keys.get(key) or (PERSON if key == "0" else None)
