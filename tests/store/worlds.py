"""SQLite stores in a folder of their own, waited for without a reactor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ivr.store.pump import Pump
from ivr.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path


class SqliteWorld(Pump):
    """A store at a path, with anything that `SqliteStore` takes."""

    def __init__(self, path: Path, **settings: Any) -> None:
        super().__init__()
        self.store = SqliteStore(str(path), self.deliver, **settings)

    def close(self) -> None:
        async def closed() -> None:
            await self.store.close()

        self.run(closed())
