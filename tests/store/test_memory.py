"""The memory store keeps every promise but survival."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ivr.store.memory import MemoryStore
from ivr.store.pump import Pump
from tests.store.contract import StoreContract
from tests.store.erasure import ErasureContract
from tests.store.ledger import LedgerContract


@dataclass
class MemoryWorld(Pump):
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        super().__init__()


class TestMemoryStore(StoreContract, LedgerContract, ErasureContract):
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return MemoryWorld()
