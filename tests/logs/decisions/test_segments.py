"""Files of decisions: the bound holds at every moment, whoever writes, and whatever fails."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ivr.logs.decisions import Bounds, Segments
from ivr.logs.decisions.segments import segments

BOUND = 200_000
BOUNDS = Bounds(BOUND, 1600.0)
NOW = 1_795_341_600.0
_TOKENS = count()


def token() -> str:
    return f"{next(_TOKENS):08x}"


def make(
    folder: Path, bounds: Bounds = BOUNDS, write: Callable[[int, bytes], int] = os.write
) -> Segments:
    return Segments(folder, bounds, token, write)


def taken(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def lines(folder: Path) -> list[bytes]:
    return [
        line for name in segments(folder) for line in (folder / name).read_bytes().split(b"\n")[:-1]
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "above" / "decisions"


def test_files_are_their_owners_alone(folder: Path) -> None:
    make(folder).append([b"{}\n"], NOW)
    (name,) = segments(folder)
    assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_there_keeps_its_mode_and_its_other_files(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    (folder / "notes.txt").write_text("x" * BOUND)
    writer = make(folder)
    for second in range(100):
        writer.append([b"x" * 9000 + b"\n"], NOW + second)
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "notes.txt").exists()


def test_the_oldest_go_first_and_the_newest_stay(folder: Path) -> None:
    writer = make(folder)
    for number in range(300):
        writer.append([f"{number:0>1999}\n".encode()], NOW + number)
    kept = [int(line) for line in lines(folder)]
    assert kept == list(range(kept[0], 300))
    assert BOUND * 0.8 < taken(folder) <= BOUND


def test_what_is_too_old_goes_though_nothing_is_written(folder: Path) -> None:
    writer = make(folder)
    writer.append([b"old\n"], NOW)
    writer.append([b"new\n"], NOW + 1000)
    writer.tidy(NOW + 1601)
    assert lines(folder) == [b"new"]
    writer.tidy(NOW + 5000)
    assert lines(folder) == []


def test_a_segment_spans_no_more_than_its_part_of_the_time(folder: Path) -> None:
    writer = make(folder)
    writer.append([b"1\n"], NOW)
    writer.append([b"2\n"], NOW + 99)
    writer.append([b"3\n"], NOW + 101)
    writer.append([b"4\n"], NOW)  # a clock that was set back
    assert len(segments(folder)) == 3


def test_what_another_engine_writes_to_is_left_alone(folder: Path) -> None:
    other, writer = make(folder), make(folder)
    other.append([b"other\n"], NOW - 10_000)
    for second in range(100):
        writer.append([b"x" * 9000 + b"\n"], NOW + second)
    assert lines(folder)[0] == b"other"
    other.close()
    writer.tidy(NOW + 100)
    assert lines(folder)[0] != b"other"


def test_engines_that_take_all_the_room_leave_none(folder: Path) -> None:
    engines = [make(folder) for _ in range(17)]
    for engine in engines[:16]:
        engine.append([b"x\n"], NOW)
    with pytest.raises(OSError, match="decisions_bytes"):
        engines[16].append([b"x\n"], NOW)
    engines[0].close()
    engines[1].close()
    engines[16].append([b"x\n"], NOW)


def test_a_decision_beyond_a_segment_has_one_of_its_own(folder: Path) -> None:
    writer = make(folder)
    for second in range(5):
        writer.append([b"x" * (BOUND // 2) + b"\n"], NOW + second)
        assert taken(folder) <= BOUND
    assert len(lines(folder)) == 1
    with pytest.raises(OSError, match="decisions_bytes"):
        writer.append([b"x" * BOUND + b"\n"], NOW)


@pytest.mark.parametrize("written", [0, 3, None])
def test_a_full_disk_leaves_no_half_line(folder: Path, written: int | None) -> None:
    full = [False]

    def write(file: int, line: bytes) -> int:
        if not full[0]:
            return os.write(file, line)
        if written is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(file, line[:written])

    writer = make(folder, write=write)
    writer.append([b"one\n"], NOW)
    full[0] = True
    with pytest.raises(OSError, match="No space left"):
        writer.append([b"two-lost\n"], NOW)
    full[0] = False
    writer.append([b"three\n"], NOW)
    assert sorted(lines(folder)) == [b"one", b"three"]


@pytest.mark.parametrize("written", [0, 3, None])
def test_a_disk_that_stays_full_is_not_filled_with_beginnings(
    folder: Path, written: int | None
) -> None:
    """An empty file at each try would count as a block, and drive out what is kept."""
    full = [False]

    def write(file: int, line: bytes) -> int:
        if not full[0]:
            return os.write(file, line)
        if written is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(file, line[:written])

    writer = make(folder, write=write)
    writer.append([b"one\n"], NOW)
    full[0] = True
    for second in range(300):
        with pytest.raises(OSError, match="No space left"):
            writer.append([b"two-lost\n"], NOW + second)
    assert len(segments(folder)) == 1
    assert lines(folder) == [b"one"]


def test_lines_are_written_at_once_as_far_as_a_segment_takes_them(folder: Path) -> None:
    sizes: list[int] = []

    def write(file: int, data: bytes) -> int:
        sizes.append(len(data))
        return os.write(file, data)

    writer = make(folder, write=write)
    waiting = [f"{number:0>1999}\n".encode() for number in range(20)]
    while waiting:
        del waiting[: writer.append(waiting, NOW)]
    assert sizes == [12_000, 12_000, 12_000, 4_000], f"a segment is {BOUNDS.segment}"
    assert [int(line) for line in lines(folder)] == list(range(20))


def test_a_first_line_beyond_a_segment_takes_none_with_it(folder: Path) -> None:
    writer = make(folder)
    assert writer.append([b"x" * BOUNDS.segment + b"\n", b"two\n"], NOW) == 1
    assert writer.append([b"two\n"], NOW) == 1
    assert len(segments(folder)) == 2


@pytest.mark.parametrize("written", range(12))
def test_of_lines_that_a_disk_takes_in_part_the_whole_ones_are_there(
    folder: Path, written: int
) -> None:
    full = [False]

    def write(file: int, data: bytes) -> int:
        return os.write(file, data[:written] if full[0] else data)

    writer = make(folder, write=write)
    writer.append([b"0\n"], NOW)
    full[0] = True
    waiting = [b"one\n", b"two\n", b"six\n"]
    if written < 4:
        with pytest.raises(OSError, match="No space left"):
            writer.append(waiting, NOW)
    else:
        assert writer.append(waiting, NOW) == written // 4
    full[0] = False
    writer.append([b"last\n"], NOW)
    assert sorted(lines(folder)) == sorted(
        [b"0", b"last", *(line[:-1] for line in waiting[: written // 4])]
    )


def test_a_folder_that_somebody_removes_comes_back(folder: Path) -> None:
    writer = make(folder)
    writer.append([b"one\n"], NOW)
    shutil.rmtree(folder)
    writer.append([b"two\n"], NOW)
    assert lines(folder) == [b"two"]
    shutil.rmtree(folder)
    writer.tidy(NOW)


def test_nothing_is_made_before_there_is_a_decision(folder: Path) -> None:
    writer = make(folder)
    writer.tidy(NOW)
    writer.close()
    assert not folder.parent.exists()


class Engines(RuleBasedStateMachine):
    """Engines that share a folder, come, go and die; time passes, and sometimes back."""

    @initialize(parts=st.integers(1, 40))
    def begin(self, parts: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.bounds = Bounds(parts * 10_000, 1000.0)
        self.now = NOW
        self.engines: list[Segments] = []

    @rule()
    @precondition(lambda self: len(self.engines) < 5)
    def comes(self) -> None:
        self.engines.append(make(self.folder, self.bounds, self.write))

    def write(self, file: int, line: bytes) -> int:
        written = os.write(file, line)
        assert taken(self.folder) <= self.bounds.size
        return written

    @rule(who=st.integers(0, 4), size=st.integers(1, 30_000), times=st.integers(1, 20))
    @precondition(lambda self: self.engines)
    def decides(self, who: int, size: int, times: int) -> None:
        engine = self.engines[who % len(self.engines)]
        while times > 0:
            try:
                times -= engine.append([b"x" * size + b"\n"] * times, self.now)
            except OSError as error:
                assert "no room" in str(error)  # noqa: PT017 # any other is a failure
                return

    @rule(who=st.integers(0, 4))
    @precondition(lambda self: self.engines)
    def goes(self, who: int) -> None:
        self.engines.pop(who % len(self.engines)).close()

    @rule(who=st.integers(0, 4))
    @precondition(lambda self: self.engines)
    def tidies(self, who: int) -> None:
        self.engines[who % len(self.engines)].tidy(self.now)

    @rule(seconds=st.floats(-100, 2000))
    def passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def is_within_the_bound(self) -> None:
        if hasattr(self, "folder"):
            assert taken(self.folder) <= self.bounds.size

    def teardown(self) -> None:
        for engine in self.engines:
            engine.close()
        shutil.rmtree(self.folder)


Engines.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestEngines = Engines.TestCase
