"""What fuzzing found, once more; and that it looks at what is meant to be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.store.documents import record_doc

from .feed import Feed
from .seeds import RECORD, SEEDS, sound_reply, sound_rows
from .store_rules import check_document, check_reply, check_rows
from .targets import AROUND, TARGETS

FOUND = [
    (folder.name, file.read_bytes())
    for folder in sorted(Path(__file__).with_name("found").iterdir())
    for file in sorted(folder.iterdir())
]


@pytest.mark.parametrize(("target", "data"), FOUND)
def test_what_was_found_once(target: str, data: bytes) -> None:
    TARGETS[target](data)


@pytest.mark.parametrize(
    ("target", "data"), [(target, data) for target in TARGETS for data in SEEDS[target]()]
)
def test_where_fuzzing_begins_all_is_well(target: str, data: bytes) -> None:
    TARGETS[target](data)


def test_what_is_sound_is_read_and_not_passed_over() -> None:
    """The rules take an error of a reader as an answer: one of the test would be one too."""
    assert check_document(record_doc(RECORD))
    assert check_reply([sound_reply(), None], AROUND)
    assert check_rows(Feed(sound_rows()))
