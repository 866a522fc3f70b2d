"""What a Redis is asked, as values: an operation yields commands and is sent their replies.

So an operation knows no socket, and those of many callers share one round trip.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from ivr.engine.interfaces import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

#: What `redis.Connection` packs.
Word: TypeAlias = bytes | str | int | float


@dataclass(frozen=True, slots=True)
class Script:
    """A script in Lua, which the server knows by its hash once it has seen it."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", sha1(self.text.encode()).hexdigest())  # noqa: S324 - Redis' own

    def __call__(self, keys: Sequence[str], *arguments: Word) -> Command:
        """Run it. All keys are one caller's: they lie on one server."""
        told = map(_encoded, (*keys, *arguments))
        return Command(("EVALSHA", self.sha, len(keys), *told), keys[0], self)


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `key` says which server of a cluster has it (None: it is the same for all).

    `replicas`: how many must have what it wrote by the time of the reply, which else is an
    `UnseenError`.
    """

    words: tuple[Word, ...]
    key: str | None
    script: Script | None = None
    replicas: int = 0

    @property
    def whole(self) -> tuple[Word, ...]:
        """The words with which a server understands it that does not know the script yet."""
        if self.script is None:
            return self.words
        return ("EVAL", self.script.text, *self.words[2:])


class UnseenError(StoreError):
    """It was done, as `reply` tells, and too few replicas have it: a failover would lose it."""

    def __init__(self, reply: Any, seen: int, wanted: int) -> None:
        super().__init__(f"{seen} of {wanted} replicas have it")
        self.reply = reply


def on(key: str, name: str, *arguments: Word) -> Command:
    """A command on one key."""
    return Command((name, *map(_encoded, (key, *arguments))), key)


def _encoded(word: Word) -> Word:
    """A text that has no bytes fails here, where it is asked, and not among those of others."""
    return word.encode() if isinstance(word, str) else word


#: An operation: yields commands, is sent their replies (never an error), returns its result.
Operation: TypeAlias = Generator[Sequence[Command], Sequence[Any], T]


class InPlace(list[Command]):
    """Commands of several operations: an error stays in its place, rather than be raised."""


class Link(Protocol):
    """The way to a Redis: one connection for each thread that works with it."""

    def ask(self, commands: Sequence[Command]) -> Sequence[Any]:
        """Ask all in one round trip for each server. A reply that is an error stays in its place.

        Raises `StoreError`, whose message says what an operator can do, where a server cannot be
        reached: then nobody knows what was done.
        """

    def keys(self, pattern: str) -> Iterator[Sequence[str]]:
        """Every key that fits, some hundreds at a time; one that moves may be told twice."""

    def primaries(self) -> Sequence[bytes]:
        """The run ids of the servers that are written to, as they tell it now."""

    def close(self) -> None:
        """Let go of the connections."""


def together(operations: Sequence[Operation[T]]) -> Operation[list[T | Exception]]:
    """Do all of them in lock-step: what each asks next goes in one round. What one raises is its
    own result, and disturbs no other, also where these are done together with more.
    """
    results: list[Any] = [None] * len(operations)
    asking: dict[int, Sequence[Command]] = {}
    answers: dict[int, Sequence[Any] | Exception | None] = dict.fromkeys(range(len(operations)))
    while answers:
        for place, answer in answers.items():
            try:
                asking[place] = _advance(operations[place], answer)
            except StopIteration as end:
                results[place] = end.value
            except Exception as error:
                results[place] = error
        wanted = InPlace(each for asked in asking.values() for each in asked)
        replies = iter((yield wanted) if wanted else ())
        answers = {
            place: _answer(asked, list(islice(replies, len(asked))))
            for place, asked in asking.items()
        }
        asking = {}
    return results


def _answer(asked: Sequence[Command], replies: Sequence[Any]) -> Sequence[Any] | Exception:
    """What who asked is told: the first error, unless they lie in their places."""
    if isinstance(asked, InPlace):
        return replies
    return next((each for each in replies if isinstance(each, Exception)), replies)


def _advance(
    operation: Operation[Any], answer: Sequence[Any] | Exception | None
) -> Sequence[Command]:
    """The next commands. An error is raised where they were asked."""
    if answer is None:
        return next(operation)
    if isinstance(answer, Exception):
        return operation.throw(answer)
    return operation.send(answer)
