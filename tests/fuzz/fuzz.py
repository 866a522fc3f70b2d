"""Coverage-guided fuzzing: `python -m tests.fuzz.fuzz TARGET FOLDER [options of libFuzzer]`.

FOLDER holds the corpus, and below `found/` each input that broke a rule, once for each way. It goes
on after such an input; the last line says how many there are. Needs the extra `fuzz` (atheris).
"""

from __future__ import annotations

import hashlib
import re
import sys
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ivr"]):
    from .seeds import SEEDS
    from .targets import TARGETS


class Finder:
    """Runs one target, and keeps what breaks its rules."""

    def __init__(self, name: str, folder: Path) -> None:
        self._target = TARGETS[name]
        self._found = folder / "found"
        self._seen: set[str] = set()

    def one_input(self, data: bytes) -> None:
        """For atheris."""
        try:
            self._target(data)
        except Exception as error:
            self._keep(data, error)

    def _keep(self, data: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [
            frame for frame in frames if "/ivr/" in frame.filename or "/fuzz/" in frame.filename
        ]
        where = f"{type(error).__name__} {ours[-1].filename}:{ours[-1].lineno}"
        if where not in self._seen:
            self._seen.add(where)
            name = hashlib.sha256(where.encode()).hexdigest()[:8]
            self._found.joinpath(name).write_bytes(data)
            print(f"FOUND {name}: {where}: {error}", file=sys.stderr, flush=True)


def _dictionary(name: str, folder: Path) -> Path:
    """The words of the seeds, for libFuzzer to put in wherever it likes."""
    words = {word for seed in SEEDS[name]() for word in re.findall(rb"[A-Za-z_+-]{3,24}", seed)}
    file = folder / "words"
    file.write_text("".join(f'"{word.decode()}"\n' for word in sorted(words)))
    return file


def main() -> None:
    """Fuzz one target."""
    name, place, *options = sys.argv[1:]
    folder = Path(place, name)
    corpus = folder / "corpus"
    for each in (corpus, folder / "found"):
        each.mkdir(parents=True, exist_ok=True)
    for seed in SEEDS[name]():
        corpus.joinpath(f"seed-{hashlib.sha256(seed).hexdigest()[:12]}").write_bytes(seed)
    options.append(f"-dict={_dictionary(name, folder)}")
    atheris.Setup([sys.argv[0], *options, str(corpus)], Finder(name, folder).one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
