"""The parts of a policy in words: those of its files, so that whoever edits them finds them."""

from __future__ import annotations

from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, assert_never

from ivr.policy.model import Pays, ToAnnouncement, ToHangup, ToNumber, ToPaidLine, ToQueue
from ivr.policy.words import asks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.model import Choice, Place, Policy, Queue, Spoken, Target
    from ivr.policy.when import Condition

#: ISDN's normal clearing: nothing to say of it.
_NORMAL: Final = 16
#: So many fallbacks in a row are named.
_SHOWN: Final = 20

PAYS: Final = {Pays.COMPANY: "the company pays", Pays.CALLER: "the caller pays"}

#: Who is asked for nothing takes what is left.
EVERYONE: Final = "every call that is left"


def where(place: Place) -> str:
    """`routes.yaml:24`: a picture is sent round, so it tells nothing of the machine's folders."""
    return f"{PurePath(place.file).name}:{place.line}"


def when(condition: Condition) -> str:
    """What a rule asks."""
    return asks(condition) or EVERYONE


def spoken(said: Spoken) -> str:
    """What is heard, by names."""
    parts = [each if isinstance(each, str) else f"when {each.calendar.name} opens" for each in said]
    return ", ".join(parts)


def words_of(policy: Policy, said: Spoken, language: str = "") -> str:
    """The words of what is heard, in the language given, else in the policy's first."""
    texts = [_words(policy, each, language) for each in said if isinstance(each, str)]
    return " ".join(filter(None, texts))


def _words(policy: Policy, prompt: str, language: str) -> str:
    texts = policy.prompts[prompt].texts
    found = texts.get(language) or texts.get(policy.languages[0])
    return found or next(iter(texts.values()), "")


def leads_to(choice: Choice) -> str:
    """What a key leads to."""
    way = ""
    if choice.topic is not None:
        way = f"topic: {choice.topic}"
    elif choice.menu is not None:
        way = f"menu: {choice.menu}"
    elif choice.person:
        way = "a person"
    if choice.language is None:
        return way
    return f"{way}, language: {choice.language}" if way else f"again, language: {choice.language}"


def fallbacks(queue: Queue) -> Iterator[Queue]:
    """Where a caller goes when the queue refuses him, then when that one does, and so on."""
    following = queue.fallback
    while following is not None:
        yield following
        following = following.fallback


def refused(queue: Queue) -> str:
    """The fallbacks in a line; "" without one."""
    names = [each.name for each in islice(fallbacks(queue), _SHOWN + 1)]
    return ", ".join(names[:_SHOWN] + ["…"] * (len(names) > _SHOWN))


def target(goal: Target) -> tuple[str, str]:
    """What a step does, in a word or two, and where it leads."""
    match goal:
        case ToQueue(queue):
            return "queue", queue.name
        case ToNumber(dial):
            return "dial", dial
        case ToAnnouncement(said):
            return "announcement", spoken(said)
        case ToHangup(cause):
            return "hang up", "" if cause == _NORMAL else f"cause {cause}"
        case ToPaidLine(line):
            return "paid line", line.name
        case _:
            assert_never(goal)


def target_line(goal: Target) -> str:
    """The same in one line."""
    return " ".join(filter(None, target(goal)))
