"""A page is written whole or not at all, for whom it is meant."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from ivr.tools.place import UsageExit
from ivr.tools.report.writing import must_be_writable, write_page


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_page_gets_the_rights_of_any_file_and_one_with_numbers_is_ours_alone(
    tmp_path: Path,
) -> None:
    before = os.umask(0o027)
    try:
        write_page(tmp_path / "masked.html", "text", private=False)
        write_page(tmp_path / "numbers.html", "text", private=True)
    finally:
        os.umask(before)
    assert mode(tmp_path / "masked.html") == 0o640
    assert mode(tmp_path / "numbers.html") == 0o600


def test_an_old_page_is_replaced_and_numbers_are_hidden_from_others(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("old")
    page.chmod(0o644)
    write_page(page, "שלום", private=True)
    assert page.read_text("utf-8") == "שלום"
    assert mode(page) == 0o600


def test_on_failure_the_old_page_stays_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.html"
    page.write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageExit, match="No space left on device"):
        write_page(page, "new", private=False)
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]
    assert page.read_text() == "old"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    write_page(tmp_path / "link.html", "text", private=False)
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == "text"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        must_be_writable(pipe)
        write_page(pipe, "text", private=False)
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_where_it_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    must_be_writable(tmp_path / "page.html")
    with pytest.raises(UsageExit, match="is a folder: name a file in it"):
        must_be_writable(tmp_path)
    with pytest.raises(UsageExit, match="there is no folder"):
        must_be_writable(tmp_path / "no" / "page.html")
    with pytest.raises(UsageExit, match="cannot be written"):
        must_be_writable(tmp_path / ("x" * 300 + ".html"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageExit, match="no permission; name a file in another folder"):
        must_be_writable(tmp_path / "page.html")
