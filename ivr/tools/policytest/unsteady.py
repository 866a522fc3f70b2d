"""A store that can be late or fail, so that tests see what callers get then."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail

from ivr.engine.interfaces import StoreError
from ivr.store.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LATE, FAILED = "late", "failed"


class UnsteadyStore(MemoryStore):
    """A store in memory whose operations answer, come late (never), or fail, as `modes` says."""

    def __init__(self) -> None:
        super().__init__()
        self.modes: dict[str, str] = {}

    @contextmanager
    def behaving(self, modes: Mapping[str, str]) -> Iterator[None]:
        """Behave like this for a while, and as before in the rest."""
        before = self.modes
        self.modes = {**before, **modes}
        try:
            yield
        finally:
            self.modes = before

    def impatient(self) -> AbstractContextManager[None]:
        """Fail where it would be late, for people, who have no deadline but give up."""
        late = [operation for operation, mode in self.modes.items() if mode == LATE]
        return self.behaving(dict.fromkeys(late, FAILED))

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Answer for a while, whatever else is said."""
        before, self.modes = self.modes, {}
        try:
            yield
        finally:
            self.modes = before

    def lookup(self, *args: Any) -> Any:
        """See `Store.lookup`."""
        return self._trouble("lookup") or super().lookup(*args)

    def remember(self, *args: Any) -> Any:
        """See `Store.remember`."""
        return self._trouble("remember") or super().remember(*args)

    def record(self, *args: Any) -> Any:
        """See `Store.record`."""
        return self._trouble("record") or super().record(*args)

    def change(self, *args: Any) -> Any:
        """See `Store.change`."""
        return self._trouble("change") or super().change(*args)

    def consent(self, *args: Any) -> Any:
        """See `Store.consent`."""
        return self._trouble("consent") or super().consent(*args)

    def _trouble(self, operation: str) -> Deferred[Any] | None:
        mode = self.modes.get(operation)
        if mode == LATE:
            return Deferred()
        return fail(StoreError("the test says that the store fails")) if mode == FAILED else None
