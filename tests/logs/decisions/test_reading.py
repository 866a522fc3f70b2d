"""Kept decisions are found while engines write, and whatever a crash has left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.logs.decisions import reading
from ivr.logs.decisions.lines import line_of, unpacked

NOW = 1_795_341_600.0


def form(at: float, decision: str = "d", **more: object) -> dict[str, Any]:
    return {
        "version": 1,
        "decision": decision,
        "linkedid": f"pbx-{at}",
        "at": at,
        "path": [],
        **more,
    }


def write(folder: Path, began: float, *forms: dict[str, Any], tail: bytes = b"") -> Path:
    path = folder / f"{int(began * 1000):013d}-77-{int(began) % 16**8:08x}.jsonl"
    path.write_bytes(b"".join(line_of(each, mask=False) for each in forms) + tail)
    return path


def times(found: list[dict[str, Any]]) -> list[float]:
    return [each["at"] for each in found]


def everything(_: object) -> bool:
    return True


def test_the_last_are_found_over_segments_that_engines_wrote_at_once(tmp_path: Path) -> None:
    write(tmp_path, 100, form(100), form(103), form(106))
    write(tmp_path, 101, form(101), form(104), form(105))
    write(tmp_path, 90, form(90), form(91))
    assert times(reading.last(tmp_path, 4, everything)) == [103, 104, 105, 106]
    assert times(reading.last(tmp_path, 99, everything)) == [90, 91, 100, 101, 103, 104, 105, 106]
    assert times(reading.last(tmp_path, 2, lambda each: each["at"] < 102)) == [100, 101]


def test_what_is_found_stays_packed_until_it_is_shown(tmp_path: Path) -> None:
    """A path is ten times its packed size, and somebody may ask for the last hundred thousand."""
    write(tmp_path, 1, form(1.0), form(2.0))
    for found in (reading.last(tmp_path, 2, everything), reading.by_id(tmp_path, "d")):
        assert ["path" in each for each in found] == [False, False]
        assert list(map(unpacked, found)) == [form(1.0), form(2.0)]


def test_the_order_within_a_moment_is_kept(tmp_path: Path) -> None:
    write(tmp_path, 1, form(1.0, "a"), form(1.0, "b"), form(1.0, "c"))
    assert [each["decision"] for each in reading.last(tmp_path, 2, everything)] == ["b", "c"]


@given(
    sizes=st.lists(st.integers(0, 90), max_size=12), block=st.integers(1, 60), tail=st.booleans()
)
def test_backwards_is_forwards_turned_round(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], block: int, tail: bool
) -> None:
    forms = [form(float(number), pad="x" * size) for number, size in enumerate(sizes)]
    path = write(tmp_path_factory.mktemp("kept"), 1, *forms, tail=b'{"version": 1, "de' * tail)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_BLOCK", block)
        assert list(map(unpacked, reading.backwards(path))) == forms[::-1]


@pytest.mark.parametrize(
    "tail",
    [
        b'{"version":1,"decision":"d","at":5,"path_packed":""}',  # no end: it is being written
        b"\x00\xff\n",
        b"[]\n",
        b"5\n",
        b"{}\n",
        b'{"version":2,"at":5,"path_packed":""}\n',
        b'{"version":1,"at":null,"path_packed":""}\n',
        b'{"version":1,"decision":"d","at":1' + b"0" * 400 + b',"path_packed":""}\n',
        b'{"version":1,"decision":"d","at":NaN,"path_packed":""}\n',
        b'{"version":1,"at":5,"path_packed":5}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_what_is_no_whole_decision_is_passed_over(tmp_path: Path, tail: bytes) -> None:
    write(tmp_path, 1, form(1), tail=tail)
    assert times(reading.last(tmp_path, 5, everything)) == [1]
    assert times(reading.by_id(tmp_path, "d")) == [1]


def test_a_call_is_found_by_its_decision_and_by_asterisks_id(tmp_path: Path) -> None:
    write(tmp_path, 1, form(1, "aa"), form(3, "aa"), form(4, "bb", note="aa"))
    write(tmp_path, 2, form(2, "aa"))
    assert times(reading.by_id(tmp_path, "aa")) == [1, 2, 3]
    assert times(reading.by_id(tmp_path, "pbx-4")) == [4]
    assert reading.by_id(tmp_path, 'a"') == []


def test_the_oldest_says_how_far_back_it_goes(tmp_path: Path) -> None:
    assert reading.oldest(tmp_path) is None
    write(tmp_path, 2, form(2), form(5))
    write(tmp_path, 1, form(3))
    found = reading.oldest(tmp_path)
    assert found is not None
    assert found["at"] == 2


def test_a_segment_that_is_removed_meanwhile_is_gone(tmp_path: Path) -> None:
    path = write(tmp_path, 1, form(1))
    path.unlink()
    assert list(reading.backwards(path)) == []
    (tmp_path / path.name).symlink_to(tmp_path / "nowhere")
    assert reading.last(tmp_path, 1, everything) == []
