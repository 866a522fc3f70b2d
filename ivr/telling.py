"""Everything that happens, told to Prometheus and the log: what binds both to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.asterisk import dialplan as names
from ivr.asterisk.limits import Refusal
from ivr.logs import decision_line, forget_words
from ivr.routing.steps import Go

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger
    from twisted.python.failure import Failure

    from ivr.asterisk.agi import Request
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import Decided
    from ivr.logs import Throttle
    from ivr.logs.decisions import Kept, Loss
    from ivr.policy.model import Policy
    from ivr.routing.ticket import Ticket
    from ivr.web.metrics import Metrics

#: Why a caller is regular that are no trouble of ours: the log's decision line has them anyway.
_HIS_RIGHT = frozenset({"withheld", "bad-number", "doubtful"})


@dataclass(frozen=True, slots=True)
class Telling:
    """A `Watch` for the use cases, and the `Observer` of FastAGI.

    `often` writes what strangers or a broken store could repeat without end. `kept` keeps decisions
    for `ivr explain` (None: nobody does).
    """

    metrics: Metrics
    log: FilteringBoundLogger
    often: Throttle
    kept: Kept | None = None

    # --- the use cases ------------------------------------------------------------------------

    def asked(self, script: str) -> None:
        """A request was read."""
        self.metrics.session_asked(script)

    def decided(self, decided: Decided) -> None:
        """See `Watch`."""
        decision_line(self.log, decided)
        if self.kept is not None:
            self.kept.keep(decided)
        step, ticket = decided.step, decided.ticket
        if isinstance(step, Go):
            self.metrics.decided(
                "next" if decided.again else "route", ticket.tier.value, ticket.route,
                step.action.value, decided.busy, prompted=decided.plays > 0,
            )  # fmt: skip
        else:
            self.metrics.undecided(step.reason)

    def degraded(self, reason: str) -> None:
        """See `Watch`."""
        self.metrics.degraded(reason)
        if reason == "bug":
            self.log.exception("a rule failed: the caller is regular", reason=reason)
        elif reason not in _HIS_RIGHT:
            self.often.warning("the caller is regular", reason)

    def charged(self, ticket: Ticket, line: str, kept: bool) -> None:
        """See `Watch`."""
        self.metrics.consented(line, kept=kept)
        self.log.info("consent", decision=ticket.decision, ani=ticket.number, line=line, kept=kept)

    def gone(self, linked_id: str, decision: str) -> None:
        """See `Watch`."""
        self.metrics.undecided("hangup")
        self.log.info("hangup before a decision", linkedid=linked_id, decision=decision)

    def stored(self, operation: str, seconds: float, failure: str | None, why: str = "") -> None:
        """See `Watch`."""
        self.metrics.stored(operation, seconds, failure)
        if failure is not None:
            ms = round(seconds * 1000, 1)
            self.often.warning("store", failure, operation=operation, ms=ms, detail=why)

    def recorded(self, contact: Contact, new: bool) -> None:
        """See `Watch`."""
        if new:
            self.metrics.contact_recorded(contact.outcome.value)
        self.log.info(
            "contact",
            decision=contact.decision, linkedid=contact.linked_id, system=contact.system,
            ani=contact.number, outcome=contact.outcome.value, queue=contact.queue,
            agent=contact.agent, hold=contact.hold, talk=contact.talk,
            transfer=contact.transfer, new=new,
        )  # fmt: skip

    def fell_back(self, linked_id: str, reason: str) -> None:
        """See `Watch`."""
        self.metrics.fell_back(reason)
        self.often.warning("a call went the dialplan's own way", reason, linkedid=linked_id)

    def unread(self, linked_id: str) -> None:
        """See `Watch`."""
        self.metrics.report_failed("bad-state")
        self.often.warning("a contact is nobody's", "bad-state", linkedid=linked_id)

    def lost(self, contact: Contact, why: str) -> None:
        """See `Watch`."""
        self.metrics.report_failed(why)
        self.log.warning(
            "contact not kept: queue_log has it", reason=why, linkedid=contact.linked_id,
            decision=contact.decision,
        )  # fmt: skip

    def clashed(self, problem: str) -> None:
        """See `Watch`."""
        self.metrics.clashed()
        self.often.warning("system names clash", problem=problem)

    # --- FastAGI ------------------------------------------------------------------------------

    def opened(self, peer: str) -> None:
        """See `Observer`."""
        self.metrics.session_opened()

    def closed(self, peer: str) -> None:
        """See `Observer`."""
        self.metrics.session_closed()

    def http_refused(self, peer: str, reason: str) -> None:
        """For `web.site`: somebody was turned away."""
        self.metrics.http_refused(reason)
        self.often.warning("HTTP connection refused", reason, peer=peer)

    def refused(self, peer: str, reason: Refusal, detail: str) -> None:
        """See `Observer`."""
        self.metrics.refused(reason.value)
        if reason is Refusal.PROBE:
            self.log.debug("connection", reason=reason.value, peer=peer)
        else:
            self.often.warning("connection refused", reason.value, peer=peer, detail=detail)

    def failed(self, peer: str, request: Request, failure: Failure) -> None:
        """See `Observer`."""
        if request.script == names.SCRIPT_ENDED:
            self.metrics.report_failed("bug")
        else:
            self.metrics.undecided("bug")
        self.log.error(
            "a session failed: the dialplan falls back", script=request.script, peer=peer,
            exception=failure.getTraceback(),
        )  # fmt: skip

    # --- the process --------------------------------------------------------------------------

    def listening(self, agi: str, http: str) -> None:
        """The engine takes calls; each is `address:port`."""
        self.log.info("listening", agi=agi, http=http)

    def reconciled(self, trusted: bool) -> None:
        """Whether the store has all that it acknowledged, as far as is known; told every second."""
        self.metrics.store_reconciled(trusted=trusted)

    def troubled(self, troubles: tuple[str, ...]) -> None:
        """What troubles the engine as a whole has changed; nothing: it is well again."""
        if troubles:
            self.log.error("trouble", troubles=list(troubles))
        else:
            self.log.info("no trouble any more")

    def stopping(self, sessions: int) -> None:
        """The engine takes no more calls, and waits for those under way."""
        self.log.info("stopping", sessions=sessions)

    def stopped(self) -> None:
        """Everything is put away."""
        self.log.info("stopped")

    # --- the policy ---------------------------------------------------------------------------

    def loaded(self, policy: Policy, now: float) -> None:
        """A policy came into force."""
        self.metrics.policy_loaded(
            policy.hash, [route.name for route in policy.routes], now,
            policy.paid_lines,
        )  # fmt: skip
        forget_words()
        if self.kept is not None:
            self.kept.start(policy.zone)
        self.log.info("policy in force", policy=policy.hash, routes=len(policy.routes))

    def rejected(self, problems: tuple[str, ...], now: float) -> None:
        """A policy was not taken: the one before stays in force."""
        self.metrics.policy_rejected(now)
        self.log.error("policy refused: the one before stays in force", problems=list(problems))


@dataclass(frozen=True, slots=True)
class Losses:
    """Who is told (`logs.decisions.keeping.Told`) when decisions cannot be kept."""

    metrics: Metrics
    log: FilteringBoundLogger

    def decision_lost(self, reason: Loss) -> None:
        """See `Told`."""
        self.metrics.decision_lost(reason.value)

    def losing_decisions(self, reason: Loss, why: str) -> None:
        """See `Told`."""
        self.log.warning("decisions are not kept", reason=reason.value, detail=why)

    def decisions_kept_again(self) -> None:
        """See `Told`."""
        self.log.info("decisions are kept again")
