"""The charge guard's proof: for any policy, caller, call, keys and failures of the store.

Whole sessions are played through the engine, and every step that would cost a caller money is held
against an oracle that was written apart (`tests.engine.oracle`). docs/charge-guard.md says more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from twisted.internet.defer import Deferred, fail, succeed

from ivr.engine.interfaces import CallerGoneError
from ivr.policy.paid import Method, PaidLine
from ivr.routing.onward import FIXED_DATE
from ivr.routing.steps import (
    Action,
    Ask,
    Go,
    KeyPressed,
    LetGo,
    NoKey,
    Price,
    PriceHeard,
    PromptFailed,
)
from ivr.routing.ticket import Kind, encode
from tests.engine.doubles import PaidStore
from tests.engine.oracle import Asked, has_agreed_before, may_be_charged
from tests.engine.paid_worlds import LINES, RECORDS, Reply, World, right, worlds
from tests.engine.test_calls import Bench, arrival
from tests.routing.paid import NOON

MENUS = {"ivr/topics", "ivr/topics-slow", "ivr/more"}
QUESTION, FREE_WAYS = "ivr/press-five", "ivr/free-ways"
PRICES = {"ivr/what-it-costs": "air-time", "ivr/other-price": "other"}


@dataclass
class Script:
    """A line whose caller answers by the world's script; `log` has all that was said, in order."""

    world: World
    log: list[tuple[str, object]] = field(default_factory=list)

    def ask(self, ask: Ask) -> Awaitable[Reply]:
        assert ask.sounds, "never silence"
        *_, last = ask.sounds
        if last in MENUS:
            return self._reply(last, self.world.menu, NoKey())
        if last == QUESTION:
            return self._reply("question", self.world.question, NoKey())
        if last == FREE_WAYS:
            return self._reply("free ways", self.world.declined, NoKey())
        assert set(ask.sounds) <= {f"digits/{digit}" for digit in range(10)}, ask
        return self._reply("number", self.world.told, NoKey())

    def price(self, price: Price) -> Awaitable[PriceHeard | PromptFailed]:
        return self._reply(price.sound, self.world.price, PriceHeard(60.0, True))

    def go(self, go: Go, state: str) -> Awaitable[None]:
        assert state == encode(go.ticket)
        self.log.append(("go", go))
        return succeed(None)

    def _reply(self, what: str, script: list, default: object) -> Deferred:  # type: ignore[type-arg] # of any reply
        after = self.world.leaves_after
        if after is not None and len(self.log) >= after:
            self.log.append((what, "gone"))
            return fail(CallerGoneError())
        reply = script.pop(0) if script else default
        self.log.append((what, reply))
        return succeed(reply)


@dataclass
class Played:
    """What came of a world: the log of the call, and what the engine decided, visit by visit."""

    world: World
    bench: Bench
    store: PaidStore
    log: list[tuple[str, object]]
    later: list[Go | LetGo] = field(default_factory=list)

    @property
    def went(self) -> Go | None:
        gone = [what for kind, what in self.log if kind == "go"]
        return gone[0] if gone else None  # type: ignore[return-value] # "go" is logged with one

    @property
    def topic_by_key(self) -> str | None:
        """By the menus of `tests.routing.policies`, from the log alone."""
        answers = [(kind, reply) for kind, reply in self.log if kind in MENUS]
        if not answers or not isinstance(answers[-1][1], KeyPressed):
            return None
        menu, key = answers[-1][0], answers[-1][1].key
        topics = {"1": "billing"} if menu == "ivr/more" else {"1": "fault", "2": "billing"}
        return topics.get(key)


def play(world: World) -> Played:
    """The call, and each `/next` of it."""
    store = PaidStore(world.caller, world.fresh)
    store.open_call = world.open_call
    store.fates |= world.fates
    bench = Bench(store, world.policy)
    script = Script(world)
    done: list[object] = []
    bench.route(arrival(**world.arrival), script).addBoth(done.append)  # type: ignore[arg-type] # stands in
    bench.clock.pump([0.5] * 12)
    assert done == [None], done
    played = Played(world, bench, store, script.log)
    what = played.went
    for status in world.statuses:
        if what is None:
            break
        what = _next(played, what, status)
    return played


def _next(played: Played, before: Go, status: str) -> Go | None:
    state = encode(before.ticket)
    damage = played.world.damage
    call = arrival(**{**played.world.arrival, "state": damage(state) if damage else state,
                      "status": status, "waited": 20})  # fmt: skip
    script = Script(played.world)
    done: list[object] = []
    played.bench.next(call, script).addBoth(done.append)  # type: ignore[arg-type] # stands in
    played.bench.clock.pump([0.5] * 12)
    assert done == [None], done
    gone = [what for kind, what in script.log if kind == "go"]
    played.later.extend(what for what in gone if isinstance(what, Go))
    return gone[0] if gone else None  # type: ignore[return-value] # "go" is logged with one


# --- what may never happen -----------------------------------------------------------------------


def says_yes(played: Played, line: PaidLine, *, fresh: bool, topic: str | None) -> bool:
    """What the oracle says of this call and line, by the first read or the fresh one."""
    world = played.world
    read = played.store.fresh if fresh else world.caller
    if world.fates.get("lookup", "ok") != "ok":
        return False
    asked = Asked(
        world.shown, world.forwarded, world.doubtful, world.transferred, topic, topic is not None
    )
    return may_be_charged(line, world.policy.nuisance, asked, read, NOON)


def check_charged(played: Played, go: Go) -> None:
    """Every condition of a charge, one by one."""
    assert go.paid is not None
    line = played.world.policy.paid_lines[go.paid.line]
    assert go.dial == line.dial
    assert go.paid.method is line.method
    assert line.method is not Method.TELL, "a number that is told costs nothing here"
    if line.method is Method.REDIRECT:
        read = played.world.caller
        assert read is not None
        earlier = has_agreed_before(line, read, NOON)
        assert earlier is not None
        assert says_yes(played, line, fresh=False, topic=earlier.topic)
        assert [kind for kind, _ in played.log] == ["go"], "a call that was answered"
        assert (go.answer.value, go.paid.consent) == ("no", earlier.id)
        return
    topic = played.topic_by_key
    assert says_yes(played, line, fresh=False, topic=topic)
    assert says_yes(played, line, fresh=True, topic=topic)
    check_agreed(played, line, go.paid.consent)


def check_agreed(played: Played, line: PaidLine, consent: str) -> None:
    """The price to its end, then the question, then the key, then the consent kept, then the move.

    Nothing else lies between, but the question asked again.
    """
    kinds = [kind for kind, _ in played.log]
    at = kinds.index(f"ivr/{line.price}")
    price = played.log[at][1]
    assert isinstance(price, PriceHeard)
    assert price.to_its_end
    assert price.seconds >= line.price_seconds > 0
    asked = played.log[at + 1 : -1]
    assert asked
    assert {kind for kind, _ in asked} == {"question"}
    assert asked[-1][1] == KeyPressed(line.consent_key)
    assert line.consent_key
    [(number, kept)] = played.store.consents
    assert played.world.fates.get("consent", "ok") == "ok"
    assert (number, kept.id, kept.key) == (played.world.shown, consent, line.consent_key)
    assert (kept.prompt, kept.version, kept.at) == (line.price, line.price_version, NOON)
    assert kept.topic == played.topic_by_key


def check_free(played: Played, go: Go) -> None:
    """Nobody is sent to a paid number any other way; the place is that of the first moment."""
    paid_numbers = ("529999999", "528888888")
    assert go.action is not Action.PAID
    assert go.paid is None
    assert not any(number in go.dial for number in paid_numbers)
    assert go.priority in (FIXED_DATE - go.ticket.first + start for start in (0, 600, 1200)) or (
        go.action is Action.HANGUP
    )


def check_not_cut(played: Played, go: Go) -> None:
    """Whoever was offered the line and is hung up on heard the free ways, and nothing after."""
    offered = any(kind in PRICES for kind, _ in played.log)
    if go.action is Action.HANGUP and offered and not go.ticket.hops:
        kind, reply = played.log[-2]
        assert kind == "free ways"
        assert not isinstance(reply, PromptFailed)


def check(played: Played) -> str:
    """Hold one call against all that must be so; what became of it, for the count."""
    go = played.went
    for later in played.later:
        assert isinstance(later, Go)
        check_free(played, later)
    if go is None:
        return "gone" if played.bench.watch.left else "let go"
    if go.action is Action.PAID:
        check_charged(played, go)
        if played.later and played.world.statuses[0] != "ANSWER":
            first = played.later[0]
            assert isinstance(first, Go)
            assert first.action is not Action.HANGUP or "policy" in played.world.wrong
        return "paid"
    check_free(played, go)
    check_not_cut(played, go)
    told = [kind for kind, _ in played.log if kind == "number"]
    if told:
        line = played.world.policy.paid_lines[
            next(PRICES[kind] for kind, _ in played.log if kind in PRICES)
        ]
        assert line.method is Method.TELL
        assert says_yes(played, line, fresh=False, topic=played.topic_by_key)
    return "told" if told else go.action.value


def test_nobody_is_charged_unless_all_conditions_hold() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
    @given(worlds())
    def holds(world: World) -> None:
        played = play(world)
        seen[check(played)] += 1
        seen["kept"] += bool(played.store.consents)
        seen["kept, not moved"] += bool(played.store.consents) and (
            played.went is None or played.went.paid is None
        )
        seen["after paid"] += bool(
            played.later and played.went and played.went.ticket.hops[:1]
            and played.went.ticket.hops[0].kind is Kind.PAID
        )  # fmt: skip

    holds()
    total = sum(seen[each] for each in ("paid", "told", "queue", "gone", "let go", "hangup"))
    assert seen["paid"] > total / 20, f"the guard's yes was hardly tried: {seen}"
    for each in ("told", "queue", "gone", "hangup", "after paid"):
        assert seen[each] > 0, f"{each} was hardly tried: {seen}"


ASKING = [Method.DIAL, Method.REFER]


@pytest.mark.parametrize("method", ASKING)
@pytest.mark.parametrize("only_fresh", [False, True])
@pytest.mark.parametrize("name", RECORDS)
def test_one_thing_that_is_wrong_with_the_record(
    name: str, only_fresh: bool, method: Method
) -> None:
    world = right(method)
    world.each_caller(RECORDS[name], only_fresh=only_fresh)
    check(play(world))


@pytest.mark.parametrize("method", [*ASKING, Method.TELL])
@pytest.mark.parametrize("changes", LINES, ids="+".join)
def test_one_thing_that_is_odd_about_the_line(changes: dict[str, Any], method: Method) -> None:
    check(play(right(method, **changes)))


@pytest.mark.parametrize("method", ASKING)
@pytest.mark.parametrize(
    "heard", [PriceHeard(5.99, True), PriceHeard(60, False), PriceHeard(0, True), PromptFailed()]
)
def test_a_price_that_was_not_heard(heard: PriceHeard | PromptFailed, method: Method) -> None:
    world = right(method)
    world.price = [heard]
    assert check(play(world)) == "queue"


@pytest.mark.parametrize("method", ASKING)
def test_nothing_is_wrong_with_the_right_world(method: Method) -> None:
    assert check(play(right(method))) == "paid"


# --- and what must ---------------------------------------------------------------------------


def agreed_before(played: Played, line: PaidLine) -> bool:
    read = played.world.caller
    earlier = has_agreed_before(line, read, NOON) if read is not None else None
    return earlier is not None and says_yes(played, line, fresh=False, topic=earlier.topic)


def test_who_may_be_charged_and_agrees_is_charged() -> None:
    """The other direction: a guard that always said no would pass the test above."""
    seen: Counter[tuple[str, bool]] = Counter()

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(worlds(plain=True))
    def holds(world: World) -> None:
        played = play(world)
        line = world.offered
        topic = played.topic_by_key
        offered = says_yes(played, line, fresh=False, topic=topic)
        agreed = offered and says_yes(played, line, fresh=True, topic=topic)
        kept = agreed and world.fates.get("consent", "ok") == "ok"
        kinds = {kind for kind, _ in played.log}
        paid = played.went is not None and played.went.action is Action.PAID
        seen[line.method.value, paid or "number" in kinds] += 1
        if line.method is Method.REDIRECT:
            assert paid == agreed_before(played, line)
            if paid:
                return
        assert (f"ivr/{line.price}" in kinds) == offered
        if line.method is Method.TELL:
            assert ("number" in kinds) == offered
        elif line.method is Method.REDIRECT:
            assert bool(played.bench.watch.charges) == offered
            assert played.bench.watch.charges == [] or played.bench.watch.charges[0][2] == kept
        else:
            assert paid == kept

    holds()
    for method in Method:
        assert seen[method.value, True] > 10, seen
        assert seen[method.value, False] > 10, seen
