"""Prompts without their words in a language, and prompts that nothing plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.policy.doubts.doubt import Doubt, Kind
from ivr.policy.reading.prompts import SLOW

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from ivr.policy.model import Policy, Prompt


@dataclass(frozen=True, slots=True)
class Playing:
    """What calls hear, as those know it who play it.

    `played` are the prompts that some call may hear, slower ones too. `own` are those that are
    played by code rather than by name, such as the pieces of a moment. `comes_with_asterisk` says
    that a prompt needs no words in a language, because Asterisk brings its recording.
    """

    played: Collection[str]
    own: Collection[str]
    comes_with_asterisk: Callable[[str, str], bool]


def prompts(policy: Policy, playing: Playing) -> Iterator[Doubt]:
    """Warnings about the prompts of the manifest."""
    heard = {_base(name, policy) for name in playing.played}
    for name, prompt in policy.prompts.items():
        if name in heard:
            yield from _wordless(prompt, policy.languages, playing)
        elif name not in playing.own:
            yield Doubt(
                prompt.place,
                f"nothing plays the prompt {name!r}",
                "name it where it is to be heard, or take it out",
                Kind.UNUSED_PROMPT,
            )


def _base(name: str, policy: Policy) -> str:
    return name if name in policy.prompts else name.removesuffix(SLOW)


def _wordless(prompt: Prompt, languages: tuple[str, ...], playing: Playing) -> Iterator[Doubt]:
    for language in languages:
        said = prompt.texts.get(language, "").strip()
        if said or playing.comes_with_asterisk(prompt.name, language):
            continue
        yield Doubt(
            prompt.place,
            f"the prompt {prompt.name!r} has no words in {language}",
            f'write {language}: "...", so that it can be recorded',
            Kind.MISSING_TEXT,
        )
