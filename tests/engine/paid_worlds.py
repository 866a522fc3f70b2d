"""Worlds in which somebody calls who might be charged, and all that may go wrong with them.

A world begins as one in which the caller is charged, in one of many forms; then things go wrong
with it, none to five. So the guard's yes is tried as often as its no.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from hypothesis import strategies as st

from ivr.callers.caller import Author, Caller, Case, Consent, Grant, Mark, MonthTally, Span
from ivr.callers.nuisance import Rules, Stage
from ivr.engine.interfaces import OpenCall
from ivr.policy.model import Policy, Route, ToAnnouncement, ToHangup, ToNumber, ToPaidLine, ToQueue
from ivr.policy.model import Stage as Step
from ivr.policy.paid import Method, PaidLine
from ivr.policy.when import AllOf, Field, IsOneOf, NuisanceAt
from ivr.routing.steps import KeyPressed, NoKey, PriceHeard, PromptFailed
from ivr.routing.ticket import Ticket, encode
from tests.routing.paid import (
    AUTHOR,
    CHARGEABLE,
    DAY,
    HERE,
    LINE,
    NOON,
    NOTICED,
    NUMBER,
    PROCESS,
    WARNED,
    line,
    paid_policy,
)

Reply: TypeAlias = KeyPressed | NoKey | PromptFailed

OTHER = "+972541112222"
#: As trunks write it, and whose it is.
NUMBERS = [
    ("0521234567", NUMBER), ("+972521234567", NUMBER), ("972521234567", NUMBER),
    ("052-123-4567", NUMBER), ("521234567", NUMBER), (" +972-52-1234567", NUMBER),
]  # fmt: skip
ODD_NUMBERS = [
    ("0541112222", OTHER), ("0501112222", "+972501112222"), ("+442079460000", "+442079460000"),
    ("anonymous", None), ("", None), ("unknown", None), ("12", None), ("*611", None), ("+", None),
    ("asterisk", None), ("052123456x", None),
]  # fmt: skip
HIDDEN = [
    {"presentation": "32"}, {"presentation": "67"}, {"presentation": "prohib_passed_screen"},
    {"presentation": "unavailable"}, {"privacy": "id"}, {"privacy": "user;critical"},
]  # fmt: skip
SHOWN = [
    {}, {"presentation": "0"}, {"presentation": "allowed_not_screened"}, {"privacy": "none"},
    {"rdnis": "unknown"}, {"attest": "A", "verify": "Passed"}, {"attest": "B"},
]  # fmt: skip
FORWARDERS = ["0549999999", "anonymous", "100", "*611", "0529999999", "+", "1800123456", "sip-user"]
DOUBTS = [{"attest": "C"}, {"attest": "A", "verify": "Failed"}, {"verify": "SignatureMismatch"}]


@dataclass
class World:
    """One call. `number` is what his trunk tells; `unusable` says that it is not ours to use.

    `menu`, `question` and the rest are what he answers to each, in order, then nothing.
    """

    policy: Policy
    offered: PaidLine
    arrival: dict[str, Any]
    number: str | None
    caller: Caller | None = CHARGEABLE
    fresh: Caller | None = None
    fates: dict[str, str] = field(default_factory=dict)
    menu: list[Reply] = field(default_factory=lambda: [KeyPressed("2")])
    question: list[Reply] = field(default_factory=lambda: [KeyPressed("5")])
    declined: list[Reply] = field(default_factory=list)
    told: list[Reply] = field(default_factory=list)
    price: list[PriceHeard | PromptFailed] = field(default_factory=lambda: [PriceHeard(7, True)])
    leaves_after: int | None = None
    forwarded: bool = False
    doubtful: bool = False
    transferred: bool = False
    open_call: OpenCall | None = None
    statuses: list[str] = field(default_factory=list)
    damage: Callable[[str], str] | None = None
    unusable: bool = False
    wrong: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str | None:
        """The caller's own number, if he shows it."""
        return None if self.unusable else self.number

    def each_caller(self, change: Callable[[Caller], Caller], *, only_fresh: bool) -> None:
        """Change the record as it is read, or only as a fresh read finds it."""
        if self.caller is not None:
            self.fresh = change(self.fresh or self.caller)
            self.caller = self.caller if only_fresh else change(self.caller)


# --- what may be wrong with the record ---------------------------------------------------------

LATER = Author("dana", "dana", NOON + 1, "just now")


def _record(**changes: Any) -> Callable[[Caller], Caller]:
    return lambda caller: replace(caller, record=replace(caller.record, **changes))


def _process(**changes: Any) -> Callable[[Caller], Caller]:
    return _record(process=replace(PROCESS, **changes))


def _caller(**changes: Any) -> Callable[[Caller], Caller]:
    return lambda caller: replace(caller, **changes)


RECORDS: dict[str, Callable[[Caller], Caller]] = {
    "case": _record(cases=(Case("1", None, False, AUTHOR),)),
    "case just now": _record(cases=(Case("1", "billing", True, LATER),)),
    "grant": _record(grants=(Grant("golden-beam", AUTHOR),)),
    "grant just now": _record(grants=(Grant("other", LATER, NOON + DAY),)),
    "grant that ends": _record(grants=(Grant("other", AUTHOR, NOON + 3600),)),
    "grant that is over": _record(grants=(Grant("other", AUTHOR, NOON - 1),)),
    "shared": _record(shared=AUTHOR),
    "marked": _record(marks=(Mark("nuisance", AUTHOR),)),
    "protected before": _record(protected=(Span(NOON - 60 * DAY, NOON - 50 * DAY),)),
    "appeal": _process(appeal=NOON - 1),
    "only warned": _process(reached=Stage.WARNED),
    "clear": _process(reached=Stage.CLEAR, warned=None, noticed=None),
    "no warning": _process(warned=None),
    "no notice": _process(noticed=None),
    "nobody told": _process(noticed=replace(NOTICED, by=" ")),
    "told in no way": _process(warned=replace(WARNED, how="")),
    "noticed too early": _process(noticed=replace(NOTICED, at=WARNED.at - DAY)),
    "noticed in time to come": _process(noticed=replace(NOTICED, at=NOON + DAY)),
    "quiet for two months": _caller(months=()),
    "quiet for one month": _caller(months=(MonthTally("2026-09", 20, 5),)),
    "few marks": _caller(months=(MonthTally("2026-09", 20, 1), MonthTally("2026-10", 20, 0))),
    "store was away": _caller(here=frozenset({"2026-10"}), months=()),
    "broken promise": _caller(broken_promise=True),
    "not reconciled": _caller(reconciled=False),
    "another's": _caller(number="+972529998888"),
}


# --- what may be wrong with the rest -------------------------------------------------------------

replies = st.lists(
    st.one_of(
        st.builds(KeyPressed, st.sampled_from([*"0123456789*#", ""])),
        st.just(NoKey()), st.just(PromptFailed()),
    ), max_size=4,
)  # fmt: skip
prices = st.one_of(
    st.just(PromptFailed()),
    st.builds(PriceHeard, st.sampled_from([0.0, 3.0, 5.99, 6.0, 7.0]), st.booleans()),
)
fates = st.sampled_from(["fail", "late", "lost"])
STATUSES = ["BUSY", "NOANSWER", "CONGESTION", "CHANUNAVAIL", "FAILURE", "TIMEOUT", "FULL", "", "X"]

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Fault: TypeAlias = Callable[[World, Draw], None]


def _odd_record(world: World, draw: Draw) -> None:
    name = draw(st.sampled_from(sorted(RECORDS)))
    world.each_caller(RECORDS[name], only_fresh=draw(st.booleans()))
    world.wrong.append(name)


def _odd_number(world: World, draw: Draw) -> None:
    ani, world.number = draw(st.sampled_from(ODD_NUMBERS))
    world.arrival["ani"] = ani
    if world.number is not None and draw(st.booleans()):
        world.each_caller(_caller(number=world.number), only_fresh=False)


def _hidden(world: World, draw: Draw) -> None:
    world.arrival |= draw(st.sampled_from(HIDDEN))
    world.unusable = True


def _forwarded(world: World, draw: Draw) -> None:
    world.arrival["rdnis"] = draw(st.sampled_from(FORWARDERS))
    world.forwarded = True


def _doubtful(world: World, draw: Draw) -> None:
    world.arrival |= draw(st.sampled_from(DOUBTS))
    world.doubtful = True


def _transferred(world: World, draw: Draw) -> None:
    ticket = Ticket("d0", "h", int(NOON) - 60, world.shown, "1800999999", "bare", "he")
    if draw(st.booleans()):
        world.arrival["state"] = encode(ticket)
    else:
        world.arrival["unique_id"] = "1.9"
        world.open_call = OpenCall("1.1", world.shown, encode(ticket), NOON)
    world.transferred = True


def _damaged_state(world: World, draw: Draw) -> None:
    world.arrival["state"] = draw(st.sampled_from(["x", "1~d", "2~~~~~~~~~~~~~~", "1~d0~~é"]))
    world.unusable = True


def _not_his_channel(world: World, draw: Draw) -> None:
    world.arrival["unique_id"] = "1.9"
    world.transferred = True


def _stranger(world: World, draw: Draw) -> None:
    world.caller = world.fresh = None


def _fate(world: World, draw: Draw) -> None:
    question = draw(st.sampled_from(["lookup", "consent", "consent", "change"]))
    world.fates[question] = draw(fates)


def _menu(world: World, draw: Draw) -> None:
    world.menu = draw(replies)


def _question(world: World, draw: Draw) -> None:
    world.question = draw(replies)


def _after(world: World, draw: Draw) -> None:
    world.declined, world.told = draw(replies), draw(replies)


def _price(world: World, draw: Draw) -> None:
    world.price = [draw(prices)]


def _leaves(world: World, draw: Draw) -> None:
    world.leaves_after = draw(st.integers(0, 4))


LINES: list[dict[str, Any]] = [
    {"valid_for": ()}, {"valid_for": ("+97254",)}, {"valid_for": ("+9725", "+44")},
    {"exempt_topics": frozenset({"fault", "billing", "leaving"})}, {"consent_key": ""},
    {"consent_key": "1"}, {"appeal_key": "5"}, {"appeal_key": ""}, {"tries": 1},
    {"declined": ()}, {"price_seconds": 0}, {"consent_days": 0},
    {"carrier_bills_caller": None}, {"price_version": "8"}, {"repeat_key": ""},
]  # fmt: skip


def _line(world: World, draw: Draw) -> None:
    _offer(world, replace(world.offered, **draw(st.sampled_from(LINES))))


def _rules(world: World, draw: Draw) -> None:
    rules = draw(st.sampled_from([None, Rules(14, 2, quiet=1), Rules(99, 99), Rules(1, 1)]))
    world.policy = replace(world.policy, nuisance=rules)


FAULTS: list[Fault] = [
    _odd_record, _odd_record, _odd_record, _odd_number, _hidden, _forwarded, _doubtful,
    _transferred, _damaged_state, _not_his_channel, _stranger, _fate, _fate, _menu, _question,
    _after, _price, _leaves, _line, _line, _rules,
]  # fmt: skip


# --- odd policies ------------------------------------------------------------------------------


def _offer(world: World, offered: PaidLine) -> None:
    """Let the policy offer this line instead."""

    def step(old: Step) -> Step:
        mine = isinstance(old.target, ToPaidLine) and old.target.line.name == offered.name
        return replace(old, target=ToPaidLine(offered)) if mine else old

    routes = (replace(r, stages=tuple(map(step, r.stages))) for r in world.policy.routes)
    lines = {**world.policy.paid_lines, offered.name: offered}
    world.policy = replace(world.policy, routes=tuple(routes), paid_lines=lines)
    world.offered = offered


def _odd_policy(world: World, draw: Draw) -> None:
    """Routes in any order, to paid lines by odd conditions and in odd places."""
    queues = world.policy.queues
    second = line(
        Method.TELL, name="other", number="+972528888888", told="0528888888",
        valid_for=("+9725",), price="other-price", exempt_topics=frozenset(),
    )  # fmt: skip
    targets = st.sampled_from([
        ToPaidLine(world.offered), ToPaidLine(world.offered), ToPaidLine(second),
        ToNumber("PJSIP/0529999999@trunk"), ToNumber("PJSIP/+972528888888@x"), ToHangup(21),
        ToQueue(queues["senior"]), ToNumber("PJSIP/100"), ToAnnouncement(("sorry",)),
    ])  # fmt: skip
    when = st.sampled_from([
        AllOf((), HERE), NuisanceAt(Stage.PAID, HERE), NuisanceAt(Stage.OBSERVED, HERE),
        IsOneOf(Field.TOPIC, frozenset({"billing"}), HERE),
        IsOneOf(Field.TIER, frozenset({"nuisance"}), HERE),
        IsOneOf(Field.TIER, frozenset({"regular", "vip"}), HERE),
    ])  # fmt: skip
    step = st.builds(Step, targets, st.sampled_from([None, 20]))
    odd = st.builds(
        Route, st.sampled_from(["odd", "paid"]), when,
        st.lists(step, min_size=1, max_size=3).map(tuple), st.just(HERE), st.sampled_from([0, 600]),
    )  # fmt: skip
    routes = draw(st.lists(odd, min_size=1, max_size=4))
    routes = draw(st.permutations([*routes, *world.policy.routes[:-1]]))
    lines = {**world.policy.paid_lines, "other": second}
    world.policy = replace(
        world.policy, routes=(*routes, world.policy.routes[-1]), paid_lines=lines
    )
    world.wrong.append("policy")


def right(method: Method, **changes: Any) -> World:
    """The world in which nothing is wrong, but with the line as it is given."""
    offered = line(method, **changes)
    return World(paid_policy(offered), offered, {"ani": NUMBER}, NUMBER)


@st.composite
def worlds(draw: Draw, *, plain: bool = False) -> World:
    """Any world; a plain one has the policy of `paid_policy`, and a caller who wants the line."""
    method = draw(st.sampled_from(list(Method)))
    then = draw(st.sampled_from([(), (Step(ToQueue(paid_policy().queues["senior"])),)]))
    ani, number = draw(st.sampled_from(NUMBERS))
    offered = line(method)
    world = World(paid_policy(offered, *then), offered, {"ani": ani}, number)
    world.arrival |= draw(st.sampled_from(SHOWN))
    if draw(st.booleans()) or method is Method.REDIRECT:
        _consents(world, draw)
    wants = (_menu, _question, _price, _leaves, _line)
    faults = [fault for fault in FAULTS if not plain or fault not in wants]
    for fault in draw(st.lists(st.sampled_from(faults), max_size=2 if plain else 3)):
        fault(world, draw)
        world.wrong.append(fault.__name__)
    if not plain:
        if draw(st.integers(0, 3)) == 0:
            _odd_policy(world, draw)
        world.statuses = draw(st.lists(st.sampled_from([*STATUSES, "ANSWER"]), max_size=5))
        world.damage = draw(st.sampled_from([None, None, _cut, _forged]))
    return world


def _consents(world: World, draw: Draw) -> None:
    given = Consent("d0", LINE.name, LINE.price, "7", "5", NOON - DAY, "d0", "billing")
    odd = draw(st.sampled_from([
        {}, {}, {}, {}, {}, {"topic": "fault"}, {"topic": ""}, {"version": "6"}, {"key": "1"},
        {"at": NOON - 31 * DAY}, {"at": NOTICED.at - DAY}, {"line": "other"}, {"prompt": "p"},
    ]))  # fmt: skip
    world.each_caller(_caller(consents=(replace(given, **odd),)), only_fresh=False)


def _cut(state: str) -> str:
    return state[: len(state) // 2]


def _forged(state: str) -> str:
    """A ticket that names the paid line as what comes next."""
    plain, _, _ = state.rpartition("~")
    return f"{plain}~q||main!p||air-time!d||PJSIP/0529999999@trunk!q||senior"
