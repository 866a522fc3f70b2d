"""What Asterisk reports to the engine, as values: an arrival, and an end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that asks where to go: `/route` for the first time, `/next` when its queue gave up.

    All texts are as they arrived and trusted in nothing. `dialled` is the number dialled first,
    `extension` the one dialled now (they differ after a transfer). `first` is the epoch second at
    which the call came in, 0 if untold. `state` is IVR_STATE, `status` QUEUESTATUS or DIALSTATUS,
    `waited` the seconds in that queue. `attest` and `verify` are STIR/SHAKEN's words.
    """

    unique_id: str
    linked_id: str
    system: str = ""
    ani: str = ""
    presentation: str = ""
    privacy: str = ""
    dialled: str = ""
    extension: str = ""
    rdnis: str = ""
    attest: str = ""
    verify: str = ""
    first: int = 0
    state: str = ""
    status: str = ""
    waited: int = 0

    @property
    def is_own_channel(self) -> bool:
        """Whether the channel is the caller's: else its number is somebody else's (a transfer)."""
        return self.linked_id in ("", self.unique_id)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a conversation, or a try to have one, ended. Seconds are None where untold.

    `unique_id` is the channel that ended. `transfer` is how the call went on ("": it did not), then
    `peer` is who the caller talked to next, for `peer_talk` seconds, outside of any queue. `by` is
    who hung up first. `first` is when the call came in (epoch seconds), 0 if untold. `fallback`
    says why the dialplan took the call for itself ("": it did not).
    """

    linked_id: str
    unique_id: str = ""
    system: str = ""
    state: str = ""
    first: int = 0
    dialled: str = ""
    status: str = ""
    queue: str = ""
    agent: str = ""
    hold: int | None = None
    talk: int | None = None
    abandoned: bool = False
    transfer: str = ""
    peer: str = ""
    peer_talk: int | None = None
    by: str = ""
    fallback: str = ""
