"""The embedded store keeps every promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.contract import StoreContract
from tests.store.erasure import ErasureContract
from tests.store.ledger import LedgerContract
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestSqliteStore(StoreContract, LedgerContract, ErasureContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[SqliteWorld]:
        world = SqliteWorld(tmp_path / "ivr.db")
        yield world
        world.close()
