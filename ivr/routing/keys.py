"""What a caller answers to a menu, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.callers.values import changed
from ivr.routing import menus
from ivr.routing.decide import decide
from ivr.routing.menus import PERSON, chosen
from ivr.routing.steps import NoKey

if TYPE_CHECKING:
    from ivr.callers.caller import Instant
    from ivr.policy.model import Choice, Policy
    from ivr.routing.call import CallState
    from ivr.routing.steps import Judged, KeyPressed, PromptFailed, Step

#: A caller who presses keys without end gets a person after this many plays of menus.
MOST_PLAYS: Final = 12


def key(
    policy: Policy, state: CallState, event: KeyPressed, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """A key was pressed in a menu; one that means nothing counts as none."""
    menu = policy.menus.get(state.menu)
    choice = chosen(menu, event.key) if menu else PERSON
    if choice is None:
        return no_key(policy, state, NoKey(), now, trace)
    return _choose(policy, changed(state, by_key=True), choice, now, trace)


def no_key(
    policy: Policy, state: CallState, _event: NoKey, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """The menu was over, and its wait too: again, slower; then what `otherwise` says."""
    menu = policy.menus.get(state.menu)
    if menu is None:
        return _choose(policy, state, PERSON, now, trace)
    if state.plays < menu.tries:
        return _again(policy, state, now, trace)
    silent = changed(state, by_key=False) if state.by_key else state
    return _choose(policy, silent, menu.otherwise, now, trace)


def failed(
    policy: Policy, state: CallState, _event: PromptFailed, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """The menu could not be played: a person."""
    return _choose(policy, state, PERSON, now, trace)


def _choose(
    policy: Policy, state: CallState, choice: Choice, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    if choice.language is not None:
        state = state.with_ticket(language=choice.language)
    if choice.menu is not None:
        return _again(policy, replace(state, menu=choice.menu, plays=0), now, trace)
    if choice.topic is not None:
        return decide(policy, state.with_ticket(topic=choice.topic), now, trace)
    if choice.person:
        return decide(policy, changed(state, topic_askable=False), now, trace)
    return _again(policy, replace(state, plays=0), now, trace)


def _again(
    policy: Policy, state: CallState, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    if state.asked >= MOST_PLAYS:
        return decide(policy, changed(state, topic_askable=False), now, trace)
    return menus.again(policy, state)
