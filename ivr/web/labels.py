"""Every value that a metric's label can take. Nothing that a caller chose becomes a label.

A value that is not listed here is counted as `other`, whoever passes it: a scrape stays bounded
and names no caller, even through a bug.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Final

OTHER: Final = "other"


@unique
class Script(StrEnum):
    """What Asterisk asked for: agi://HOST:4573/<script>."""

    ROUTE = "route"
    NEXT = "next"
    ENDED = "ended"


@unique
class Degraded(StrEnum):
    """Why a caller was decided without what is known of him, and so as `regular`."""

    WITHHELD = "withheld"  # he hides his number: his right, and no trouble
    BAD_NUMBER = "bad-number"  # it cannot be read
    DOUBTFUL = "doubtful"  # his carrier does not vouch for it
    STORE_LATE = "store-late"
    STORE_FAILED = "store-failed"
    BAD_STATE = "bad-state"  # IVR_STATE could not be read
    BUG = "bug"


@unique
class Undecided(StrEnum):
    """Why a session ended without IVR_DONE, so that the dialplan's fallback had the call."""

    HANGUP = "hangup"  # the caller went before the decision: no fallback, and no trouble
    EXHAUSTED = "exhausted"  # the policy says nothing more: queues refused, or time was up
    LOOP = "loop"  # a number of ours forwarded the call to us
    HOPS = "hops"  # the call was handed on too often
    BUG = "bug"


@unique
class Fallback(StrEnum):
    """Why the dialplan took a call for itself: IVR_WHY of deploy/asterisk/extensions_ivr.conf."""

    UNDECIDED = "undecided"  # no engine gave a decision: down, hung, or nothing left to decide
    UNPLAYABLE = "unplayable"  # an announcement could not be heard
    HOPS = "hops"  # the call was handed on too often


@unique
class Refused(StrEnum):
    """Why a connection was turned away or cut; what FastAGI's `limits.Refusal` says."""

    PROBE = "probe"
    NETWORK = "network"
    CONNECTIONS = "connections"
    ADDRESS = "address"
    LATE = "late"
    NUMBER = "number"
    HEADER_LINES = "header-lines"
    HEADER_BYTES = "header-bytes"
    HEADER_TIME = "header-time"
    HEADER_CUT = "header-cut"
    DOUBLED = "doubled"
    TLS = "tls"
    GARBAGE = "garbage"
    REPLY = "reply"
    REPLY_BYTES = "reply-bytes"
    REPLY_TIME = "reply-time"
    CLOSE_TIME = "close-time"


@unique
class HttpRefused(StrEnum):
    """Why a connection to the HTTP port was turned away."""

    NETWORK = "network"
    CONNECTIONS = "connections"


@unique
class Operation(StrEnum):
    """What was asked of the store: the methods of `engine.interfaces.Store`."""

    LOOKUP = "lookup"
    REMEMBER = "remember"
    RECORD = "record"
    FORGET = "forget"
    CONSENT = "consent"
    ANNOTATE = "annotate"
    ATTEND = "attend"
    RETIRE = "retire"
    RETIRED_BEFORE = "retired_before"
    ERASE = "erase"
    CANDIDATES = "candidates"
    UNDOCUMENTED = "undocumented"
    CHANGE = "change"
    CHANGE_MANY = "change_many"
    HISTORY = "history"
    PING = "ping"


@unique
class StoreFailure(StrEnum):
    """How the store failed us."""

    LATE = "store-late"  # not within its deadline
    FAILED = "store-failed"


@unique
class ReportFailure(StrEnum):
    """Why a report of a call's end led to no contact."""

    BAD_STATE = "bad-state"
    STORE_LATE = "store-late"
    STORE_FAILED = "store-failed"
    BUG = "bug"


@unique
class DecisionLoss(StrEnum):
    """Why a decision was not kept for `ivr explain`; what `logs.decisions.Loss` says."""

    QUEUE = "queue-full"  # the disk is slower than the calls
    DISK = "write-failed"  # full, or not to be written
    BUG = "bug"


def known(value: str, kind: type[StrEnum]) -> str:
    """The value if its kind knows it, else `other`."""
    return value if value in kind._value2member_map_ else OTHER
