"""Reading decisions that are kept, while engines go on writing. Blocking, and read only.

A line that a crash cut short is passed over, and so is one of a later form than this one knows.
Segments may be removed at any moment, and are gone then. What is found stays packed
(`lines.unpacked`): whole, many decisions would take ten times the memory.
"""

from __future__ import annotations

import heapq
import itertools
import json
import os
from typing import IO, TYPE_CHECKING, Final, TypeAlias

from ivr.logs.decisions.lines import head_of
from ivr.logs.decisions.segments import segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from ivr.logs.decisions.form import Form

#: Bytes that are read at once, from the end of a segment backwards.
_BLOCK: Final = 1 << 16


#: When, a number of its own that falls with age, and the decision.
_Entry: TypeAlias = "tuple[float, int, Form]"


def last(folder: Path, count: int, fits: Callable[[Form], bool]) -> list[Form]:
    """The last `count` decisions that fit, packed, the newest at the end. Raises `OSError`.

    `fits` is asked of what stands in clear: all but the path.
    """
    found: list[_Entry] = []
    order = itertools.count()
    for written, path in _newest_first(folder):
        if len(found) == count and written < found[0][0]:
            break
        for form in filter(fits, backwards(path)):
            entry = (form["at"], -next(order), form)
            if len(found) == count and entry[0] <= found[0][0]:
                break  # within a segment, what follows is older still
            _push(found, entry, count)
    return [form for _, _, form in sorted(found)]


def by_id(folder: Path, wanted: str) -> list[Form]:
    """All decisions about a call, packed, the oldest first, by their id or Asterisk's linkedid.

    Raises `OSError`.
    """
    needle = json.dumps(wanted).encode("ascii")
    found = [
        form
        for _, path in _newest_first(folder)
        for form in _forms(line for line in _lines(path) if needle in line)
        if wanted in (form.get("decision"), form.get("linkedid"))
    ]
    return sorted(found, key=lambda form: float(form["at"]))


def oldest(folder: Path) -> Form | None:
    """The oldest decision that is kept, without its path, if there is any. Raises `OSError`."""
    firsts = (next(_forms(_lines(path)), None) for _, path in _newest_first(folder))
    return min((form for form in firsts if form), key=lambda form: form["at"], default=None)


def backwards(path: Path) -> Iterator[Form]:
    """The decisions of a segment, without their paths, the last first."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        yield from _forms(_lines_backwards(file))


def _push(found: list[_Entry], entry: _Entry, count: int) -> None:
    if len(found) < count:
        heapq.heappush(found, entry)
    else:
        heapq.heapreplace(found, entry)


def _newest_first(folder: Path) -> list[tuple[float, Path]]:
    """The segments, each with when it was last written to."""
    found = []
    for name in segments(folder):
        try:
            found.append(((folder / name).stat().st_mtime, folder / name))
        except FileNotFoundError:
            continue
    return sorted(found, reverse=True)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except FileNotFoundError:
        return


def _lines_backwards(file: IO[bytes]) -> Iterator[bytes]:
    """Each line with its end, the last first; one without is cut short, or being written now."""
    position, held, is_whole = file.seek(0, os.SEEK_END), b"", False
    while position > 0:
        size = min(_BLOCK, position)
        position = file.seek(position - size)
        held = file.read(size) + held
        if not is_whole:
            held = held[: held.rfind(b"\n") + 1]
            is_whole = held != b""
        begun, end, lines = held.partition(b"\n") if position > 0 else (b"", b"", held)
        yield from reversed(lines.splitlines(keepends=True))
        held = begun + end


def _forms(lines: Iterable[bytes]) -> Iterator[Form]:
    for line in lines:
        form = head_of(line)
        if form is not None:
            yield form
