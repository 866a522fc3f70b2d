"""Runs a test: each in a world of its own, by the clock of its start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ivr.callers.errors import RefusedError
from ivr.callers.numbers import parse_number
from ivr.engine.desk import DeskError
from ivr.engine.interfaces import StoreError
from ivr.tools.policytest import observe, people
from ivr.tools.policytest.clock import let_pass
from ivr.tools.policytest.compare import differences, holds, shown
from ivr.tools.policytest.endings import end
from ivr.tools.policytest.errors import SceneError
from ivr.tools.policytest.history import enter
from ivr.tools.policytest.model import (
    Call,
    Look,
    Pass,
    People,
    Scenario,
    State,
    States,
    StoreState,
)
from ivr.tools.policytest.trace import traced
from ivr.tools.policytest.travel import Trip, travel
from ivr.tools.policytest.unsteady import UnsteadyStore
from ivr.tools.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.model import Place, Policy
    from ivr.tools.policytest.model import Person, Step

_REFUSALS: Final = (RefusedError, DeskError, StoreError)


@dataclass(frozen=True, slots=True)
class Failure:
    """One step that was not as expected: what stands against it, and what led to it."""

    place: Place
    wrong: tuple[str, ...]
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """A test that was run, and the calls that were made in it."""

    scenario: Scenario
    failures: tuple[Failure, ...]
    trips: tuple[Trip, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures


@dataclass(slots=True)
class _Scene:
    """A world in the middle of a test."""

    world: World
    store: UnsteadyStore
    states: dict[tuple[str, str], State] = field(default_factory=dict)
    trips: list[Trip] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def run(policy: Policy, scenario: Scenario) -> Ran:
    """Run one test."""
    store = UnsteadyStore()
    scene = _Scene(World(policy, scenario.start.timestamp(), store), store)
    try:
        enter(scene.world, _wanted(scenario, policy.region))
        for step in scenario.steps:
            _take(scene, step)
    except SceneError as error:
        scene.failures.append(Failure(error.place, (str(error),)))
    return Ran(scenario, tuple(scene.failures), tuple(scene.trips))


def _wanted(scenario: Scenario, region: str) -> Iterable[Person]:
    """The callers who come into the test; what was before with the others makes no difference."""
    found: set[str] = set()
    for step in scenario.steps:
        if isinstance(step, Call):
            found |= {step.who, parse_number(step.ani, region) or ""}
        elif isinstance(step, People | Look):
            found.add(step.of.name)
        elif isinstance(step, Pass):
            found |= {each.of.name for each in step.meanwhile}
    return [each for each in scenario.people if each.name in found or each.number in found]


def _take(scene: _Scene, step: Step) -> None:
    match step:
        case Call():
            _call(scene, step)
        case Pass():
            with scene.store.steady():  # what a test says of that time was so
                let_pass(scene.world, step)
        case States(states=states):
            scene.states |= states
        case StoreState(modes=modes):
            scene.store.modes |= modes
        case Look():
            _look(scene, step)
        case People():
            _people(scene, step)


def _call(scene: _Scene, call: Call) -> None:
    world = scene.world
    with scene.store.steady():
        stage = observe.stage_of(world, call.ani)
    with scene.store.behaving(call.store):
        trip = travel(world, call, scene.states)
    end(world, trip)
    scene.trips.append(trip)
    seen = observe.of_call(world.policy, trip, stage)
    wrong = differences(call.expect, seen)
    if wrong:
        _fail(scene, call.place, wrong, traced(trip.decided, world.policy.zone))


def _look(scene: _Scene, look: Look) -> None:
    with scene.store.steady():
        seen = observe.of_caller(scene.world, look.of)
    _fail(scene, look.place, differences(look.expect, seen))


def _people(scene: _Scene, step: People) -> None:
    refusal = ""
    try:
        with scene.store.impatient():
            people.act(scene.world, step)
    except _REFUSALS as error:
        refusal = str(error)
    if step.refused is None:
        if refusal:
            raise SceneError(step.place, f"{step.verb}: {refusal}")
        return
    if not holds(step.refused, refusal):
        got = shown("refused", refusal) if refusal else "nothing: it was done"
        _fail(scene, step.place, [f"refused: expected {step.refused.value!s}, got {got}"])


def _fail(scene: _Scene, place: Place, wrong: list[str], trace: Iterable[str] = ()) -> None:
    if wrong:
        scene.failures.append(Failure(place, tuple(wrong), tuple(trace)))
