"""Which recordings a policy needs, and the proof that they are where Asterisk looks for them.

In place of a sound file that is missing Asterisk plays the English one; where there is none either,
it looks to the engine exactly like a caller who hung up (-1 to both). So this is found out before
there is a caller.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Opening, ToAnnouncement
from ivr.policy.reading.prompts import SLOW
from ivr.routing.spoken import BLOCKS, DIGITS, sound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.policy.model import Policy, Prompt, Spoken

#: What deploy/asterisk/extensions_ivr.conf plays when the fallback queue refuses.
DIALPLAN: Final = ("sorry", "goodbye")

#: Languages whose digits come with Asterisk's own sounds (asterisk-core-sounds-en).
WITH_DIGITS: Final = frozenset({"en"})

#: The endings of audio that a plain Asterisk 22 plays (`core show file formats`).
FORMATS: Final = (
    "wav", "wav16", "WAV", "wav49", "gsm", "g722", "ulaw", "ul", "mu", "ulw", "pcm", "alaw", "al",
    "alw", "au", "sln", "slin", "raw", "sln12", "sln16", "sln24", "sln32", "sln44", "sln48",
    "sln96", "sln192", "g729", "g723", "g723sf", "g719", "g726-40", "g726-32", "g726-24",
    "g726-16", "ilbc", "siren7", "siren14", "ogg", "spx", "spx16", "spx32", "vox",
)  # fmt: skip

#: RIFF, fmt: format tag, channels, rate, bytes a second, bytes a frame, bits a sample.
_HEADER: Final = struct.Struct("<4s4x8sI HHIIHH")
_PCM: Final = 1


@dataclass(frozen=True, slots=True)
class Recording:
    """One sound file: `file` is its path below Asterisk's sounds, without the ending.

    `text` is what is said, `phonemes` what espeak-ng is given instead (empty: the text).
    """

    file: str
    language: str
    prompt: str
    text: str
    phonemes: str
    slow: bool


def recordings(policy: Policy) -> tuple[Recording, ...]:
    """Every recording of the manifest, language by language; no digits that Asterisk brings."""
    return tuple(
        recording
        for language in policy.languages
        for prompt in policy.prompts.values()
        if not (prompt.name in DIGITS and language_of(language) in WITH_DIGITS)
        for recording in _of(prompt, language)
    )


def played(policy: Policy) -> tuple[str, ...]:
    """The name of every prompt that a call may hear, slow ones, blocks and digits included."""
    spoken = (*_by_doors(policy), *_by_routes(policy), *_by_paid_lines(policy))
    names = dict.fromkeys((*spoken, *DIALPLAN, *DIGITS))
    return tuple(names)


def wordless(policy: Policy) -> list[str]:
    """Prompts that may be played and are not in the manifest: one line each."""
    return [
        f"{name}: not in the manifest: add it, with its words, to `prompts:`"
        for name in played(policy)
        if name not in policy.prompts and not _is_slow(name, policy)
    ]


def missing(policy: Policy, sounds: Path) -> list[str]:
    """What Asterisk would not find, or could not play, below its folder of sounds: a line each."""
    if not sounds.is_dir():
        return [f"{sounds}: no such folder: name Asterisk's folder of sounds, which holds en/, he/"]
    return [
        f"{language}/{sound(name)}: {problem}"
        for language in policy.languages
        for name in played(policy)
        if (problem := _problem(name, language, sounds))
    ]


def language_of(language: str) -> str:
    """The language without its dialect: `en` of `en_GB`."""
    return language.partition("_")[0]


def existing(base: Path) -> list[Path]:
    """The files that Asterisk would take for this sound, in whichever format."""
    candidates = (base.with_name(f"{base.name}.{ending}") for ending in FORMATS)
    return [path for path in candidates if path.is_file()]


def _of(prompt: Prompt, language: str) -> Iterator[Recording]:
    text, phonemes = (said.get(language, "") for said in (prompt.texts, prompt.phonemes))
    for slow in (False, True) if prompt.slow else (False,):
        name = prompt.name + SLOW * slow
        yield Recording(f"{language}/{sound(name)}", language, name, text, phonemes, slow)


def _by_doors(policy: Policy) -> Iterator[str]:
    yield from (door.greeting for door in policy.entrypoints.values() if door.greeting)
    for menu in policy.menus.values():
        yield menu.prompt
        yield menu.again
    yield from (queue.announce for queue in policy.queues.values() if queue.announce)


def _by_routes(policy: Policy) -> Iterator[str]:
    for route in policy.routes:
        for stage in route.stages:
            if isinstance(stage.target, ToAnnouncement):
                yield from _parts(stage.target.spoken)


def _by_paid_lines(policy: Policy) -> Iterator[str]:
    for line in policy.paid_lines.values():
        yield from (name for name in (line.price, line.consent) if name)
        yield from _parts(line.declined)


def _parts(spoken: Spoken) -> Iterator[str]:
    for part in spoken:
        yield from BLOCKS if isinstance(part, Opening) else (part,)


def _is_slow(name: str, policy: Policy) -> bool:
    prompt = policy.prompts.get(name.removesuffix(SLOW))
    return name.endswith(SLOW) and prompt is not None and prompt.slow


def _problem(name: str, language: str, sounds: Path) -> str | None:
    """None where some file of the sound can be played, as Asterisk is free to choose any."""
    found = _found(name, language, sounds)
    if not found:
        return f"no recording of the prompt {name}: {_remedy(name, language, sounds)}"
    problems = [problem for path in found if (problem := _unplayable(path))]
    return problems[0] if problems else None


def _found(name: str, language: str, sounds: Path) -> list[Path]:
    """As Asterisk looks: the language, then without its dialect (main/file.c)."""
    folders = dict.fromkeys((language, language_of(language)))
    return next(filter(None, (existing(sounds / folder / sound(name)) for folder in folders)), [])


def _remedy(name: str, language: str, sounds: Path) -> str:
    if name in DIGITS and language_of(language) in WITH_DIGITS:
        return "install Asterisk's own sounds (on Debian, asterisk-core-sounds-en)"
    return f"record it, or `ivr prompts build --out {sounds}` makes a placeholder"


def _unplayable(path: Path) -> str | None:
    """What keeps Asterisk from playing the file, as far as its size and a WAV's header show."""
    if path.stat().st_size == 0:
        return f"{path.name} is empty: record it anew"
    rate = {".wav": 8000, ".wav16": 16000}.get(path.suffix)
    if rate is None:
        return None
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
    if _is_pcm(header, rate):
        return None
    convert = f"sox {path.name} -r {rate} -c 1 -b 16 -e signed-integer NEW.wav"
    return f"{path.name} is not 16-bit mono PCM at {rate} Hz, not played: convert it, `{convert}`"


def _is_pcm(header: bytes, rate: int) -> bool:
    """The header checks of formats/format_wav.c, which refuses WAVE_FORMAT_EXTENSIBLE too."""
    if len(header) < _HEADER.size:
        return False
    riff, wave_fmt, _, tag, channels, hertz, _, _, bits = _HEADER.unpack(header)
    shape = (tag, channels, hertz, bits)
    return (riff, wave_fmt) == (b"RIFF", b"WAVEfmt ") and shape == (_PCM, 1, rate, 16)
