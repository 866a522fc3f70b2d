"""Rows of a csv file: a line that is cut short costs itself."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.tools.recorded.rows import rows
from tests.tools.recorded.files import SAMPLES, read, read_file, table

ROW = "0541111111,2026-01-02,10:00:00,yes,,,,,,,\n"


def of(text: str) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    told: list[tuple[int, str]] = []
    lines = list(enumerate(io.StringIO(text, newline="\n"), 1))
    return list(rows(lines, ",", lambda n, why: told.append((n, why)))), told


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=1))
)
def test_what_was_written_is_read(written: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(written)
    assert [row for _, row in of(file.getvalue())[0]] == written


def test_a_value_may_have_several_lines() -> None:
    assert of('a,"1\n2\n3"\nb,4\n') == ([(1, ["a", "1\n2\n3"]), (4, ["b", "4"])], [])


@pytest.mark.parametrize("cut", ['"a,1\n', '"a","1\n', 'a,"1\n', '"a""\n'])
@pytest.mark.parametrize("length", [1, 3, 300])
@pytest.mark.parametrize("row", ['"b","2"\n', "b,2\n"])
def test_a_quote_that_is_not_closed_costs_its_line(cut: str, length: int, row: str) -> None:
    found, told = of(row + cut + row * length)
    assert found == [(n, ["b", "2"]) for n in (1, *range(3, length + 3))]
    assert told == [(2, "a quote in it is not closed")]


def test_a_quote_within_a_value_is_read_as_it_is() -> None:
    assert of('"Joe" Smith,1\n5" disk,2\n') == (
        [(1, ["Joe Smith", "1"]), (2, ['5" disk', "2"])],
        [],
    )


def test_a_file_of_such_lines_is_read_to_its_end() -> None:
    found, told = of('"a,1\n' * 20_000 + "b,2\n")
    assert found[-1] == (20_001, ["b", "2"])
    assert len(told) >= 19_999


def test_the_calls_after_such_a_line_are_there() -> None:
    found = table(ROW + '"' + ROW + ROW * 3000)
    assert len(found.calls) == 3001
    assert found.told == ["3: a quote in it is not closed"]
    assert [call.line for call in found.calls[:3]] == [2, 4, 5]


@pytest.mark.parametrize("length", [5, 18, 30, 60, 100, 150])
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_cdr_that_breaks_off_within_goes_on(length: int, end: str) -> None:
    whole = (SAMPLES / "Master.csv").read_text()
    lines = whole.splitlines(keepends=True)
    assert read_file(SAMPLES / "Master.csv").calls == read(whole).calls
    cut = read("".join([*lines[:5], lines[5][:length] + end, *lines[5 + bool(end) :]]))
    without = read("".join([*lines[:5], "\n" * bool(end), *lines[5 + bool(end) :]]))
    assert len(cut.calls) >= len(without.calls) - (not end)
