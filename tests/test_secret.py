from __future__ import annotations

from pathlib import Path

import pytest

from ivr.settings.secret import SecretError, read_key

KEY = "0123456789abcdef0123456789abcdef"


def kept(folder: Path, text: str, mode: int = 0o600) -> str:
    file = folder / "mask.key"
    file.write_text(text)
    file.chmod(mode)
    return f"file:{file}"


def test_a_key_is_read_from_a_file_or_a_variable(tmp_path: Path) -> None:
    assert read_key(kept(tmp_path, f"{KEY}\n")) == KEY.encode()
    assert read_key("env:MASK", {"MASK": KEY}) == KEY.encode()
    assert read_key("") == b""


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("env:MASK", "there is no variable MASK"),
        ("env:SHORT", "openssl rand -hex 32"),
        ("file:/nowhere/at/all", "/nowhere/at/all cannot be read (No such file"),
    ],
)
def test_a_key_that_cannot_be_had_is_told_with_what_to_do(where: str, hint: str) -> None:
    with pytest.raises(SecretError) as told:
        read_key(where, {"SHORT": "hunter2"})
    assert hint in str(told.value)
    assert "hunter2" not in str(told.value)


def test_a_key_that_everybody_may_read_is_none(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="chmod o="):
        read_key(kept(tmp_path, KEY, 0o644))
