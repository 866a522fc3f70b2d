"""Operations in lock-step: what goes wrong with one is no other's, however they are nested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ivr.engine.interfaces import StoreError
from ivr.store.redis.commands import on, together

if TYPE_CHECKING:
    from ivr.store.redis.commands import Operation


def one(key: str) -> Operation[str]:
    (reply,) = yield [on(key, "GET")]
    return f"{key}: {reply}"


def patient(key: str) -> Operation[str]:
    """One that goes on after an error."""
    try:
        return (yield from one(key))
    except StoreError as error:
        return f"{key} {error}"


def answered(operation: Operation[Any], replies: dict[str, Any]) -> Any:
    """What an operation comes to; replies are by key, and errors lie in their places."""
    asked = next(operation)
    while True:
        try:
            asked = operation.send([replies[str(each.key)] for each in asked])
        except StopIteration as end:
            return end.value


def test_an_error_is_its_own_operation_s_at_any_depth() -> None:
    wrong = StoreError("is wrong")
    inner = together([one("a"), one("b"), patient("b")])
    deeper = together([together([one("b"), one("c")])])
    found = answered(together([inner, one("b"), deeper]), {"a": 1, "b": wrong, "c": 3})
    assert found == [["a: 1", wrong, "b is wrong"], wrong, [[wrong, "c: 3"]]]
