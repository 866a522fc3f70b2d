"""`prompts:` the manifest of recordings with their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Prompt
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.values import boolean, shown, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ivr.policy.problems import Report
    from ivr.policy.reading.names import Names
    from ivr.policy.reading.nodes import Node

#: What a slower recording is called beside the usual one.
SLOW: Final = "-slow"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The prompts that there are, and which of them are recorded a second time, slower."""

    names: Names[Prompt]

    def find(self, node: Node, report: Report) -> str | None:
        """A prompt that may be named here: one of the manifest, or the slower form of one."""
        written = text(node, "the prompt", report)
        if written is None:
            return None
        base = self.names.values.get(written.removesuffix(SLOW))
        if written.endswith(SLOW) and base is not None and base.slow:
            return written
        return self.names.find(node, report)

    def again(self, prompt: str) -> str:
        """The recording for the second time: the slower one, if there is one."""
        base = self.names.values.get(prompt)
        return f"{prompt}{SLOW}" if base is not None and base.slow else prompt


def read_prompt(name: str, node: Node, declared: Names[None], report: Report) -> Prompt | None:
    """One prompt; None if anything in it is wrong, or nobody knows in which languages it is."""
    if not declared.complete:
        return None
    before, languages = len(report), tuple(declared.values)
    if name.startswith("/") or ".." in name:
        wrong = f"the prompt {shown(name)} would be recorded elsewhere"
        report.add(node.place, wrong, "write a name without '..' and a leading '/'")
    fields = Fields(node, f"the prompt {shown(name)}", (*languages, "phonemes", "slow"), report)
    texts = _texts(fields, languages, report)
    if not fields.present(languages) and len(report) == before:
        wrong = f"the prompt {shown(name)} has no words"
        report.add(node.place, wrong, f'write {next(iter(languages), "en")}: "..."')
    phonemes = fields.get("phonemes")
    spoken = Fields(phonemes, "'phonemes'", languages, report) if phonemes else None
    slow = fields.get("slow")
    prompt = Prompt(
        name=name,
        texts=texts,
        phonemes=_texts(spoken, languages, report) if spoken else {},
        slow=bool(slow and boolean(slow, "'slow'", report)),
        place=node.place,
    )
    return prompt if len(report) == before else None


def _texts(fields: Fields, languages: Collection[str], report: Report) -> Mapping[str, str]:
    written = ((language, fields.get(language)) for language in languages)
    return {
        language: text(node, f"the text in {language}", report) or ""
        for language, node in written
        if node is not None
    }


def check_slow(manifest: Names[Prompt], places: Mapping[str, Node], report: Report) -> None:
    """A prompt may not have the name of another's slower recording."""
    for name, prompt in manifest.values.items():
        if prompt is not None and prompt.slow and name + SLOW in places:
            wrong = f"{shown(name + SLOW)} is the slower recording of {shown(name)} already"
            report.add(places[name + SLOW].place, wrong, f"take it, or 'slow' of {name}, out")
