"""Calls that nobody makes go the way of real ones."""

from __future__ import annotations

from pathlib import Path

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant
from ivr.callers.contacts import Outcome
from ivr.callers.process import ClearProcess
from ivr.engine.policies import load_checked
from ivr.engine.reports import Ending
from ivr.engine.windows import reach
from ivr.policy.model import Policy
from ivr.routing.steps import Go, LetGo
from ivr.tools.world import Incoming, Placed, Script, World
from tests.policy.samples import AUTHOR, NUMBER, at

ROUTES = Path(__file__).parents[3] / "routes"
NOON = at("2026-11-22 12:00")
CALL = Incoming("0521234567", "1800123456")


def world() -> World:
    policy = load_checked(ROUTES)
    assert isinstance(policy, Policy), str(policy)
    return World(policy, NOON)


def queue(placed: Placed) -> str:
    assert isinstance(placed.step, Go)
    assert placed.step.post is not None
    return placed.step.post.queue


def test_a_caller_hears_the_menu_and_his_key_decides() -> None:
    placed = world().call(CALL, Script(keys=("1",)))
    assert queue(placed) == "faults"
    assert placed.heard == ("ivr/welcome", "ivr/topics")


def test_a_caller_who_hangs_up_has_no_decision() -> None:
    assert world().call(CALL, Script(hang_up_at=1)).step is None


def test_a_menu_that_cannot_be_played_leads_to_a_person() -> None:
    placed = world().call(CALL, Script(failing=frozenset({"ivr/topics", "ivr/welcome"})))
    assert queue(placed) == "main"
    assert placed.heard == ()


def test_what_people_decide_at_the_desk_holds_for_the_next_call() -> None:
    here = world()
    author = Author("dana", "dana", here.now, "asked for")
    here.run(here.desk.change("0521234567", GiveGrant("golden-beam"), author))
    assert queue(here.call(CALL, Script(keys=("1",)))) == "senior"


def test_a_queue_that_gives_up_hands_the_call_on() -> None:
    here = world()
    placed = here.call(CALL, Script(keys=("0",)))
    assert queue(here.gave_up(placed, "TIMEOUT", 180)) == "senior"


def test_an_end_is_kept_as_a_contact() -> None:
    here = world()
    placed = here.call(CALL, Script(keys=("1",)))
    here.advance(60)
    assert here.ended(placed, Ending("", queue="faults", agent="noa", hold=20, talk=40))
    [contact] = here.run(here.store.history(NUMBER)).contacts
    assert (contact.outcome, contact.topic, contact.agent) == (Outcome.ANSWERED, "fault", "noa")


def test_days_that_pass_are_days_on_which_the_store_was_there() -> None:
    here = world()
    here.run(here.desk.change(NUMBER, ClearProcess("2026-11"), AUTHOR))
    here.advance(40 * 86400)
    caller = here.run(here.desk.caller(NUMBER, reach(here.policy.zone, here.now)))
    assert "2026-12" in caller.here


def test_a_call_that_was_let_go_is_reported_without_what_it_carries() -> None:
    here = world()
    placed = here.call(Incoming("0521234567", "1800123456", forwarded_by="1800123456"))
    assert isinstance(placed.step, LetGo)
    assert here.ended(placed, Ending("", fallback="undecided"))
    assert not here.run(here.store.history(NUMBER)).contacts


def test_serial_numbers_are_given_once() -> None:
    here = world()
    assert [here.serial(), here.serial()] == [1, 2]


def test_a_caller_goes_on_by_his_script_when_he_is_given_back() -> None:
    here = world()
    here.advance(8 * 86400)
    placed = here.call(CALL, Script(keys=("0",)))
    later = here.gave_up(placed, "TIMEOUT", 180, Script(failing=frozenset({"ivr/welcome"})))
    assert queue(later) == "senior"
