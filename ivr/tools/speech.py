"""Speech for placeholder recordings: espeak-ng says a text, sox makes of it what Asterisk plays.

Asterisk's format_wav plays 16-bit mono PCM at 8000 Hz and nothing else; espeak-ng writes 22050 Hz.
Texts reach espeak-ng on its standard input, so that nothing in them is ever taken for an option.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import wave
from array import array
from pathlib import Path
from typing import Final

#: Asterisk's sampling rate for .wav, in Hz.
RATE: Final = 8000

# Words a minute; espeak-ng's own is 175, which is quick for a telephone.
_SPEED: Final = "160"
_SPEED_SLOW: Final = "110"

#: A peak of 16-bit samples below which nothing was said; espeak-ng's speech comes to 12000 or more.
_SILENT: Final = 2000

#: Seconds for one program and one recording; both take hundredths.
_PATIENCE: Final = 60.0

_PROGRAMS: Final = ("espeak-ng", "sox")
_PHONEMES: Final = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_HEBREW: Final = re.compile("[\u05d0-\u05ea]")


class SpeechError(Exception):
    """No recording was made; the message says what to do."""


def require_programs() -> None:
    """Raise `SpeechError` unless espeak-ng and sox are installed."""
    absent = [program for program in _PROGRAMS if shutil.which(program) is None]
    if absent:
        raise SpeechError(
            f"{' and '.join(absent)} not found: install with `apt-get install {' '.join(absent)}`"
        )


def speak(text: str, language: str, target: Path, *, slow: bool = False) -> None:
    """Write a recording of the text (or of phonemes in [[ ]]) to `target`, whole or not at all.

    What was there is replaced. Folders are made; all of it can be read by everybody, as Asterisk
    runs under an account of its own. Raises `SpeechError`, also where nothing was to be heard.
    """
    _check_pronounceable(text, language)
    _make_folder(target.parent)
    with tempfile.TemporaryDirectory(prefix=".speech-", dir=target.parent) as scratch:
        said, converted = Path(scratch, "said.wav"), Path(scratch, "converted.wav")
        read = _run(_espeak(language, said, slow=slow), text)
        _check_read(text, read)
        _check_audible(said, text)
        _run(_sox(said, converted))
        converted.chmod(0o644)
        os.replace(converted, target)  # within one folder's file system: atomic


def _espeak(language: str, said: Path, *, slow: bool) -> list[str]:
    """UTF-8 from standard input, no last pause (-z), the phonemes understood on output (-x)."""
    voice = language.replace("_", "-").lower()
    speed = _SPEED_SLOW if slow else _SPEED
    options = f"--stdin -b 1 -z -x -s {speed}".split()
    return ["espeak-ng", *options, "-v", voice, "-w", str(said)]


def _sox(said: Path, converted: Path) -> list[str]:
    """Resample to what Asterisk plays, all of one loudness; -R makes each run the same."""
    form = f"-r {RATE} -b 16 -c 1 -e signed-integer".split()
    return ["sox", "-R", str(said), *form, str(converted), "norm", "-3"]


def _run(command: list[str], text: str = "") -> str:
    """What the program printed. Raises `SpeechError` with its first words of complaint."""
    try:
        done = subprocess.run(  # noqa: S603  # no shell; the text goes to standard input
            command,
            input=text,
            encoding="utf-8",
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
    except FileNotFoundError:
        raise SpeechError(
            f"{command[0]} not found: install with `apt-get install {command[0]}`"
        ) from None
    except subprocess.CalledProcessError as error:
        complaint = (error.stderr.strip() or f"code {error.returncode}").splitlines()[0]
        raise SpeechError(f"{command[0]} failed: {complaint}") from None
    except subprocess.TimeoutExpired:
        raise SpeechError(f"{command[0]} did not end within {_PATIENCE:.0f} s") from None
    return done.stdout


def _check_pronounceable(text: str, language: str) -> None:
    """Refuse Hebrew letters: espeak-ng spells them out, or reads bare consonants."""
    if language.startswith("he") and _HEBREW.search(_PHONEMES.sub("", text)):
        raise SpeechError(
            "espeak-ng cannot read Hebrew letters: write how it sounds beside the text, "
            'as in `phonemes: {he: "[[Sal\'om]]"}`, or record it'
        )


def _check_read(text: str, read: str) -> None:
    """Refuse phonemes that espeak-ng does not know: it leaves them out without a word.

    Letters are counted, not compared: stress marks and pauses move, and a language may have its
    own variant of a phoneme. Words between the phonemes only add to what was read.
    """
    written = " ".join(_PHONEMES.findall(text))
    if _letters(read) < _letters(written):
        raise SpeechError(
            f"espeak-ng does not know all of the phonemes {' '.join(written.split())!r}: "
            f"it read {' '.join(read.split())!r}"
        )


def _letters(phonemes: str) -> int:
    return len(re.findall("[A-Za-z?@]", phonemes))


def _check_audible(recording: Path, text: str) -> None:
    with wave.open(str(recording)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
    if max(map(abs, samples), default=0) < _SILENT:
        raise SpeechError(f"espeak-ng says nothing for {text!r}: check the text and its phonemes")


def _make_folder(folder: Path) -> None:
    """Make the folder and those above it; whatever the umask, Asterisk can enter them."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
