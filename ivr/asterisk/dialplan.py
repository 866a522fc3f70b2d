"""The contract between the engine and the dialplan: every name that crosses, once.

The page for operators is docs/dialplan.md; deploy/asterisk/extensions_ivr.conf is the other side.
A name that is changed here is a change of a public interface.
"""

from __future__ import annotations

from typing import Final

# Contexts of deploy/asterisk/extensions_ivr.conf.
CONTEXT: Final = "ivr"
CONTEXT_FREEPBX: Final = "ivr-from-freepbx"
CONTEXT_REPORT: Final = "ivr-report"

# Globals that the operator sets. An engine is HOST:PORT, or hagi://NAME for those of SRV records.
ENGINE: Final = "IVR_ENGINE"
ENGINE2: Final = "IVR_ENGINE2"
FALLBACK_QUEUE: Final = "IVR_FALLBACK_QUEUE"
LAST_RESORT: Final = "IVR_LAST_RESORT"

# Scripts: agi://HOST:4573/<script>, or hagi://NAME/<script>.
SCRIPT_ROUTE: Final = "route"
SCRIPT_NEXT: Final = "next"
SCRIPT_ENDED: Final = "ended"

# Variables that the engine sets, all in one MSet; DONE comes last, so that a decision that was
# cut short counts as none.
ACTION: Final = "IVR_ACTION"
QUEUE: Final = "IVR_QUEUE"
PRIO: Final = "QUEUE_PRIO"
TIMEOUT: Final = "IVR_TIMEOUT"
QUEUE_OPTIONS: Final = "IVR_QUEUE_OPTIONS"
MUSIC: Final = "IVR_MUSIC"
ANNOUNCE: Final = "IVR_ANNOUNCE"
DIAL: Final = "IVR_DIAL"
PAID_LINE: Final = "IVR_PAID_LINE"
PAID_METHOD: Final = "IVR_PAID_METHOD"
CONSENT: Final = "IVR_CONSENT"
PROMPT: Final = "IVR_PROMPT"
THEN: Final = "IVR_THEN"
ANSWER: Final = "IVR_ANSWER"
HANGUPCAUSE: Final = "IVR_HANGUPCAUSE"
TIER: Final = "IVR_TIER"
ROUTE: Final = "IVR_ROUTE"
DECISION: Final = "IVR_DECISION"
STATE: Final = "IVR_STATE"
LANGUAGE: Final = "CHANNEL(language)"
DONE: Final = "IVR_DONE"

#: The bound of the AGI session, which the engine renews before each prompt.
ABSOLUTE_TIMEOUT: Final = "TIMEOUT(absolute)"

# Arguments of the AGI request, `key=value` in any order.
ARG_STATE: Final = "state"
ARG_STATUS: Final = "status"
ARG_WAITED: Final = "waited"
ARG_SYSTEM: Final = "system"
ARG_UNIQUEID: Final = "uniqueid"
ARG_LINKEDID: Final = "linkedid"
ARG_FIRST: Final = "first"
ARG_DIALLED: Final = "dialled"
ARG_HOPS: Final = "hops"
ARG_PRES: Final = "pres"
ARG_PRIVACY: Final = "privacy"
ARG_RDNIS: Final = "rdnis"
ARG_ATTEST: Final = "attest"
ARG_VERIFY: Final = "verify"
ARG_QUEUE: Final = "queue"
ARG_AGENT: Final = "agent"
ARG_AGENT_INTERFACE: Final = "agent_interface"
ARG_HOLD: Final = "hold"
ARG_TALK: Final = "talk"
ARG_ABANDONED: Final = "abandoned"
ARG_TRANSFER: Final = "transfer"
ARG_TO: Final = "to"
ARG_PEER: Final = "peer"
ARG_PEER_TALK: Final = "talk2"
ARG_FALLBACK: Final = "fallback"
ARG_BY: Final = "by"

# Events in queue_log that the dialplan writes.
QUEUELOG_DECISION: Final = "IVRDECISION"
QUEUELOG_ENDED: Final = "IVRENDED"

#: Sound files live in this folder below each language's sounds (sounds/he/ivr/…).
SOUNDS: Final = "ivr"
