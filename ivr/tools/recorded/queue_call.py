"""A call as queue_log tells it, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.order import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.callers.contacts import Contact


@dataclass(slots=True)
class QueueCall:
    """What is known of a call so far. `line` is its first; `ids` are its channels' unique ids.

    A call that is answered stays answered, by the first agent, out of the first queue that had one;
    what others talk with the caller afterwards is added to `talk`.
    """

    line: int
    started: int
    ids: list[str]
    number: str | None = None
    dialled: str = ""
    queue: str | None = None
    agent: str | None = None
    topic: str | None = None
    joined: int | None = None
    hold: int | None = None
    talk: int | None = None
    connected: dict[str, int] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    outcome: Outcome | None = None

    @property
    def is_going(self) -> bool:
        """Whether more is to come: it waits, talks, or nobody knows yet what came of it."""
        return self.outcome is None or bool(self.waiting) or bool(self.connected)

    @property
    def is_answered(self) -> bool:
        """Whether an agent answered it."""
        return self.outcome is Outcome.ANSWERED

    def entered(self, at: int, channel: str, queue: str) -> None:
        """It stands in a queue."""
        self.waiting.add(channel)
        if not self.is_answered:
            self.queue = queue
            self.joined = at if self.joined is None else self.joined

    def taken(self, at: int, channel: str, queue: str, agent: str) -> None:
        """An agent answered it."""
        self.waiting.discard(channel)
        self.connected[channel] = at
        if not self.is_answered:
            self._waited(at)
            self.outcome, self.queue, self.agent = Outcome.ANSWERED, queue, agent

    def talked(self, at: int, channel: str, talk: int | None) -> None:
        """The agent and the caller parted, after so many seconds if the line says them."""
        self.waiting.discard(channel)
        since = self.connected.pop(channel, at)
        self.talk = (self.talk or 0) + (max(at - since, 0) if talk is None else talk)

    def left(self, at: int, channel: str, outcome: Outcome) -> None:
        """It left the queue without an agent."""
        self.waiting.discard(channel)
        if not self.is_answered:
            self._waited(at)
            self.outcome = outcome

    def reported(self, contact: Contact, channel: str, *, own: bool) -> None:
        """The dialplan's own line of its end, which knows more: the number dialled, the topic.

        The first of the caller's `own` channel counts: later ones are of a call that came back.
        """
        self.waiting.discard(channel)
        self.connected.pop(channel, None)
        self.number = self.number or contact.number
        if own and not self.dialled:
            self.started = min(self.started, int(contact.started))
            self.dialled, self.topic = contact.dialled, contact.topic
        if self.is_answered:
            return
        self.outcome, self.queue = contact.outcome, contact.queue or self.queue
        if contact.outcome is Outcome.ANSWERED:
            self.agent, self.talk = contact.agent, contact.talk
        if self.queue is not None and self.hold is None:
            self.hold = contact.hold

    def call(self, topics: Mapping[str, str]) -> Entry | None:
        """The call, None where nothing is known of what came of it."""
        if self.outcome is None or (self.waiting and not self.is_answered):
            return None
        topic = self.topic or (topics.get(self.queue) if self.queue else None)
        return Entry(
            float(self.started), self.line, self.number, self.outcome, self.dialled, self.queue,
            self.agent, self.hold, self.talk, topic,
        )  # fmt: skip

    def _waited(self, at: int) -> None:
        if self.joined is not None:
            self.hold = max(at - self.joined, 0)
