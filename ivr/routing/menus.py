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


def begin(policy: Policy, state: CallState, name: str) -> tuple[CallState, Ask]:
    """Play a menu for the first time."""
    return _play(policy, state, policy.menus[name], 0)


def again(policy: Policy, state: CallState) -> tuple[CallState, Ask]:
    """Play the menu that `state` names: after the first time slower, and with twice the wait."""
    return _play(policy, state, policy.menus[state.menu], state.plays)


def _play(policy: Policy, state: CallState, menu: Menu, before: int) -> tuple[CallState, Ask]:
    sounds = (*greeting(policy, state), sound(menu.again if before else menu.prompt))
    asking = changed(
        state, phase=Phase.IN_MENU, greeted=True, menu=menu.name, plays=before + 1,
        asked=state.asked + 1,
    )  # fmt: skip
    return asking, Ask(asking.ticket, sounds, 2 * menu.wait if before else menu.wait)


def chosen(menu: Menu, key: str) -> Choice | None:
    """What the key chooses; `0` is a person in every menu. None: the key means nothing here."""
    return menu.keys.get(key) or (PERSON if key == "0" else None)
