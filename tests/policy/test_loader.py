"""What a sound policy becomes, and what no text may do to the loader."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.policy.loader import fingerprint, load, open_policy, read
from ivr.policy.model import (
    Choice,
    Interval,
    Opening,
    Pays,
    Place,
    Policy,
    Stage,
    Tier,
    ToAnnouncement,
    ToHangup,
    ToNumber,
    ToQueue,
)
from ivr.policy.problems import Problem, Problems
from ivr.policy.when import (
    AllOf,
    AnyOf,
    CallingPrefix,
    Condition,
    ContactCount,
    Field,
    Granted,
    HasOpenCase,
    InCalendar,
    IsForwarded,
    IsOneOf,
    IsUndocumented,
    IsWithheld,
    NoneOf,
    NuisanceAt,
)
from tests.policy.test_problems import base_for

ROUTES = Path(__file__).parents[2] / "routes"
SAMPLE = {path.name: path.read_text() for path in sorted(ROUTES.glob("*.yaml"))}
PAID = (ROUTES / "examples" / "paid-line" / "policy.yaml").read_text()
PROMPTS = (ROUTES / "examples" / "paid-line" / "prompts.yaml").read_text()


def sound(text: str) -> Policy:
    """The policy of base.yaml with this added."""
    policy = load({"base.yaml": base_for(text), "more.yaml": text})
    assert isinstance(policy, Policy), str(policy)
    return policy


def condition(written: str) -> Condition:
    everyone = "  - {name: everyone, queue: main}"
    policy = sound(f"routes:\n  - {{name: a, when: {written}, queue: main}}\n{everyone}\n")
    return policy.routes[0].when


# --- the sample policy -----------------------------------------------------------------------


def test_the_policy_that_ships_is_sound() -> None:
    policy = open_policy(ROUTES)
    assert isinstance(policy, Policy), str(policy)
    assert {door.dialled for door in policy.entrypoints.values()} == {
        ("+9721800123456",),
        ("*611",),
    }
    assert [rule.tier for rule in policy.tiers] == [Tier.VIP, Tier.SENIOR_REQUIRED, Tier.NUISANCE]
    assert set(policy.queues) == {"main", "faults", "senior", "team-leads", "patience"}


def test_who_pays_stands_at_the_entrypoint() -> None:
    policy = load(SAMPLE)
    assert isinstance(policy, Policy)
    assert policy.entrypoints["support"].pays is Pays.COMPANY
    assert policy.entrypoints["mobile"].pays is Pays.CALLER


# --- what becomes of what is written -----------------------------------------------------------


def test_a_fallback_is_held_by_reference() -> None:
    queues = sound("queues: {extra: {fallback: senior, music: calm, options: tk}}").queues
    assert queues["extra"].asterisk == "extra"
    assert queues["extra"].fallback == queues["senior"]
    assert queues["senior"].fallback == queues["main"]
    assert (queues["extra"].music, queues["extra"].options) == ("calm", "tk")


def test_after_is_how_long_the_step_before_may_take() -> None:
    text = """
routes:
  - name: everyone
    queue: main
    head_start: 20m
    then: [{after: 30s, dial: PJSIP/100}, {after: 2m, announce: welcome}, {hangup: 21}]
"""
    route = sound(text).routes[0]
    assert route.head_start == 1200
    main = sound("").queues["main"]
    assert route.stages == (
        Stage(ToQueue(main), 30),
        Stage(ToNumber("PJSIP/100"), 120),
        Stage(ToAnnouncement(("welcome",))),
        Stage(ToHangup(21)),
    )


def test_an_announcement_may_tell_when_it_opens() -> None:
    text = "routes: [{name: everyone, announce: [welcome, {opens: service}, topics-slow]}]"
    policy = sound(text)
    opening = Opening(policy.calendars["service"])
    assert policy.routes[0].stages == (Stage(ToAnnouncement(("welcome", opening, "topics-slow"))),)


def test_a_hangup_is_normal_unless_it_has_a_cause() -> None:
    policy = sound("routes: [{name: everyone, hangup: true}]")
    assert policy.routes[0].stages == (Stage(ToHangup(16)),)


def test_a_menu_asks_again_more_slowly_and_then_gives_a_person() -> None:
    text = """
menus:
  extra:
    prompt: topics
    keys: {"1": {topic: fault, language: en}, "2": {menu: topics}, "8": {language: en}}
  short: {prompt: welcome, again: topics, wait: 10s, tries: 3, keys: {"#": {topic: fault}}}
  other: {prompt: welcome, keys: {"0": {person: true, language: en}}}
"""
    menus = sound(text).menus
    assert (menus["extra"].prompt, menus["extra"].again) == ("topics", "topics-slow")
    assert (menus["extra"].wait, menus["extra"].tries) == (5, 2)
    assert menus["extra"].otherwise == Choice(person=True)
    assert menus["extra"].keys == {
        "0": Choice(person=True),
        "1": Choice(topic="fault", language="en"),
        "2": Choice(menu="topics"),
        "8": Choice(language="en"),
    }
    assert menus["other"].keys == {"0": Choice(person=True, language="en")}
    assert (menus["short"].again, menus["short"].wait, menus["short"].tries) == ("topics", 10, 3)


def test_an_entrypoint_speaks_the_first_language_unless_it_says_another() -> None:
    text = 'entrypoints: {mobile: {pays: caller, dialled: "*611", language: en}}'
    doors = sound(text).entrypoints
    assert (doors["support"].language, doors["mobile"].language) == ("he", "en")
    assert doors["mobile"].dialled == ("*611",)


def test_hours_over_midnight_dates_and_eves() -> None:
    text = """
calendars:
  night:
    open:
      - {days: [thu, fri], hours: ["22:00-02:00", "7:00-12:30"]}
    holidays: {country: IL, hours: "10:00-12:00"}
    eves: {hours: closed}
    dates: {"2027-05-12": closed, "2027-05-13": ["08:00-10:00", "20:00-24:00"]}
"""
    night = sound(text).calendars["night"]
    assert night.weekly[3] == night.weekly[4] == (Interval(420, 750), Interval(1320, 1560))
    assert night.weekly[0] == ()
    assert (night.holidays, night.holiday_hours) == ("IL", (Interval(600, 720),))
    assert night.eve_hours == ()
    assert list(night.dates.values()) == [(), (Interval(480, 600), Interval(1200, 1440))]


@pytest.mark.parametrize("written", ['"052"', '"+97252"', '"+972-52"'])
def test_a_prefix_is_compared_in_e164(written: str) -> None:
    found = condition(f"{{prefix: {written}}}")
    assert isinstance(found, CallingPrefix)
    assert found.prefixes == ("+97252",)


@pytest.mark.parametrize("written", ['"1800123456"', '"1-800-123-456"', '"+972 1800 123456"'])
def test_a_number_dialled_is_compared_in_one_form(written: str) -> None:
    found = condition(f"{{dialled: {written}}}")
    assert isinstance(found, IsOneOf)
    assert found.values == {"+9721800123456"}


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("{tier: [vip, regular]}", IsOneOf),
        ("{topic: fault}", IsOneOf),
        ("{entrypoint: support}", IsOneOf),
        ("{language: en}", IsOneOf),
        ("{last_agent: [PJSIP/anna, PJSIP/ben]}", IsOneOf),
        ("{calendar: {service: closed}}", InCalendar),
        ("{granted: [golden-beam, silver-beam]}", Granted),
        ("{open_case: true}", HasOpenCase),
        ("{open_case: {complex: true, topic: fault}}", HasOpenCase),
        ("{nuisance: observed}", NuisanceAt),
        ("{contacts: {at_least: 100, within: month, answered: true}}", ContactCount),
        ("{withheld: true}", IsWithheld),
        ("{forwarded: true}", IsForwarded),
        ("{undocumented: true}", IsUndocumented),
        ("{tier: vip, topic: fault}", AllOf),
        ("{any: [{tier: vip}, {topic: fault}]}", AnyOf),
        ("{all: [{tier: vip}, {topic: fault}]}", AllOf),
        ("{not: {tier: vip}}", NoneOf),
        ("{not: [{tier: vip}, {topic: fault}]}", NoneOf),
    ],
)
def test_every_condition_that_the_format_has(written: str, kind: type[Condition]) -> None:
    assert isinstance(condition(written), kind)


def test_the_window_of_contacts() -> None:
    fortnight = condition("{contacts: {at_least: 2, within: 14d, about: open-case}}")
    assert isinstance(fortnight, ContactCount)
    assert (fortnight.at_least, fortnight.days) == (2, 14)
    assert (fortnight.answered, fortnight.about_case) == (False, True)
    month = condition("{contacts: {at_least: 2, within: month}}")
    assert isinstance(month, ContactCount)
    assert month.days is None


def test_the_calendar_of_the_entrypoint_by_which_the_call_came() -> None:
    text = """
calendars: {always: {open: [{days: [sun], hours: "00:00-24:00"}]}}
entrypoints:
  one: {pays: caller, dialled: "*1", calendar: service}
  two: {pays: caller, dialled: "*2", calendar: always}
  three: {pays: caller, dialled: "*3", calendar: service}
routes:
  - {name: a, when: {calendar: closed}, queue: main}
  - {name: everyone, queue: main}
"""
    when = sound(text).routes[0].when
    assert isinstance(when, AnyOf)
    ways = [way.conditions for way in when.conditions if isinstance(way, AllOf)]
    found = [
        (door.values, hours.calendar.name, hours.open)
        for door, hours in ways
        if isinstance(door, IsOneOf) and isinstance(hours, InCalendar)
    ]
    assert found == [
        (frozenset({"one", "three"}), "service", False),
        (frozenset({"two"}), "always", False),
    ]


def test_conditions_know_where_they_stand() -> None:
    text = """routes:
  - name: a
    when:
      tier: vip
      topic: fault
    queue: main
  - {name: everyone, queue: main}
"""
    when = sound(text).routes[0].when
    assert isinstance(when, AllOf)
    assert [str(part.place) for part in when.conditions] == ["more.yaml:4:7", "more.yaml:5:7"]
    first = when.conditions[0]
    assert isinstance(first, IsOneOf)
    assert first.field is Field.TIER


def test_a_thousand_fallbacks_in_a_row() -> None:
    chain = "\n".join(f"  q{n}: {{fallback: q{n + 1}}}" for n in range(1500))
    queues = sound(f"queues:\n{chain}\n  q1500: {{}}\n").queues
    assert queues["q0"].fallback is queues["q1"]


def test_the_hash_is_that_of_the_text_wherever_it_lies() -> None:
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"x/a": "1", "x/b": "2"})
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})
    assert fingerprint({"a": "1", "b": "2"}) != fingerprint({"a": "12", "b": ""})
    policy = load(SAMPLE)
    assert isinstance(policy, Policy)
    assert policy.hash == fingerprint(SAMPLE)
    assert len(policy.hash) == 12


# --- files -----------------------------------------------------------------------------------


def test_a_folder_is_read_without_examples_and_hidden_files(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "sub/c.yaml", ".d.yaml", ".git/e.yaml", "examples/f.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"# {name}")
    (tmp_path / "notes.txt").write_text("no policy")
    (tmp_path / "folder.yaml").mkdir()
    assert read(tmp_path) == {
        str(tmp_path / name): f"# {name}" for name in ("a.yml", "b.yaml", "sub/c.yaml")
    }


def test_an_example_is_a_policy_of_its_own(tmp_path: Path) -> None:
    example = tmp_path / "examples" / "one"
    example.mkdir(parents=True)
    (example / "a.yaml").write_text("version: 1")
    assert list(read(example) or ()) == [str(example / "a.yaml")]


def test_one_file_is_a_policy_too(tmp_path: Path) -> None:
    (tmp_path / "policy.conf").write_text("version: 1")
    assert read(tmp_path / "policy.conf") == {str(tmp_path / "policy.conf"): "version: 1"}


@pytest.mark.parametrize("make", [Path.mkdir, lambda _: None], ids=["empty", "missing"])
def test_a_place_without_a_policy(tmp_path: Path, make: object) -> None:
    path = tmp_path / "routes"
    assert callable(make)
    make(path)
    found = open_policy(path)
    assert isinstance(found, Problems)
    assert [problem.place for problem in found] == [Place(str(path), 1, 1)]


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"# one\n# \xe9\xf2\n")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    found = open_policy(tmp_path)
    assert isinstance(found, Problems)
    assert [(Path(problem.place.file).name, problem.place.line) for problem in found] == [
        ("a.yaml", 2),
        ("b.yaml", 1),
    ]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("/proc/self/mem")  # a file, root's too, that fails to be read
    found = read(tmp_path)
    assert isinstance(found, Problems)
    assert "cannot be read" in str(found)


def test_a_link_to_nothing_is_no_smaller_policy(tmp_path: Path) -> None:
    for name, text in SAMPLE.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "more.yaml").symlink_to("gone.yaml")
    (tmp_path / ".#routes.yaml").symlink_to("an-editor@that:locks")
    found = read(tmp_path)
    assert isinstance(found, Problems)
    assert [problem.place for problem in found] == [Place(str(tmp_path / "more.yaml"), 1, 1)]
    assert f"cannot be read ({os.strerror(errno.ENOENT)})" in str(found)


def test_a_name_that_no_file_can_have() -> None:
    assert "cannot be read" in str(open_policy(Path("x" * 5000)))


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert isinstance(load({"a.yaml": "\ufeff" + base_for("")}), Policy)


def test_problems_are_in_the_order_of_the_files() -> None:
    found = load({"b.yaml": "x: 1\na: 1", "a.yaml": "z: 1"})
    assert isinstance(found, Problems)
    assert list(found) == sorted(found)
    assert str(Problem(Place("a", 1, 2), "wrong", "write right")) == "a:1:2: wrong: write right"


# --- whatever is written -----------------------------------------------------------------------


def is_sensible(found: Policy | Problems, files: dict[str, str]) -> bool:
    """A policy, or problems each of which stands where there is something."""
    if isinstance(found, Policy):
        return True
    return len(found) > 0 and all(
        problem.place.line <= files[problem.place.file].count("\n") + 2
        and problem.place.column >= 1
        and "\n" not in str(problem)
        and problem.wrong
        and problem.instead
        for problem in found
    )


ODD = st.sampled_from(
    [*" -[]{}:\n\t\"'*&!|0#~%@\x00\ud800\u202e\u05d0", "null", "1e9", "2027-05-12", "<<: ", "? "]
)


@settings(deadline=None)
@given(st.data())
def test_cut_and_pasted_text_never_breaks_the_loader(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(SAMPLE)))
    text = SAMPLE[file]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(ODD) + text[end:]
    files = {**SAMPLE, file: text}
    assert is_sensible(load(files), files)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_a_paid_line_of_wrong_types_never_breaks_the_loader(seed: int, times: int) -> None:
    rng = random.Random(seed)
    tree = {**yaml.safe_load(PAID), **yaml.safe_load(METHODS)}
    about = {name: tree.pop(name) for name in ("nuisance", "paid_lines", "premium", "retention")}
    for _ in range(times):
        about = {**about, **_mapping(mangled(about, rng))}
    text = yaml.safe_dump({**tree, **about}, allow_unicode=True)
    files = {"a.yaml": text, "prompts.yaml": PROMPTS}
    assert is_sensible(load(files), files)


def _mapping(found: object) -> dict[str, object]:
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a.yaml", "b.yaml"]), st.text(max_size=60), min_size=1))
def test_any_text_never_breaks_the_loader(files: dict[str, str]) -> None:
    assert is_sensible(load(files), files)


#: One line for each method, to be broken.
METHODS = """
premium: ["1-700"]
retention: 400d
paid_lines:
  air-time:
    {number: "0521234567", price: {prompt: air-time-price, at_least: 8s}, price_valid_for: ["05"],
     exempt_topics: [fault], declined: [free-ways], appeal_key: "9", repeat_key: "*"}
  moved:
    number: "0521234567"
    method: redirect
    price: {prompt: air-time-price, at_least: 8s, version: "2026-11"}
    price_valid_for: ["05"]
    consent: {prompt: free-ways, key: "1", tries: 2, wait: 8s}
    consent_valid: 30d
    exempt_topics: [fault]
    declined: [free-ways, {opens: service}]
    appeal_key: "9"
    dial: sip:0521234567@carrier
    carrier_bills_caller: {confirmed_by: Dana, on: "2026-11-01"}
"""

JUNK: tuple[object, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "main", "*611", "0", "x" * 200, "a\nb", "05"),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": []}}, ["main"], {"queue": "main"}),
)


def mangled(tree: object, rng: random.Random) -> object:
    """The tree with one node changed: replaced, taken out, doubled or wrapped."""
    if isinstance(tree, dict) and tree and rng.random() < 0.85:
        key = rng.choice(list(tree))
        changed = {name: value for name, value in tree.items() if name != key}
        if rng.random() < 0.15:
            return changed
        new = key if rng.random() < 0.9 else rng.choice(["x", 5, f"{key}s", None, True])
        return {**changed, new: mangled(tree[key], rng)}
    if isinstance(tree, list) and tree and rng.random() < 0.85:
        index = rng.randrange(len(tree))
        changes = [mangled(tree[index], rng)] * rng.choice([0, 1, 1, 1, 2])
        return [*tree[:index], *changes, *tree[index + 1 :]]
    return rng.choice([*JUNK, [tree], {"a": tree}])


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_wrong_types_never_break_the_loader(seed: int, times: int) -> None:
    rng = random.Random(seed)
    tree: object = yaml.safe_load(base_for(""))
    for _ in range(times):
        tree = mangled(tree, rng)
    files = {"a.yaml": yaml.safe_dump(tree, allow_unicode=True)}
    assert is_sensible(load(files), files)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 100_000,
        "- " * 100_000,
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "version: " + "9" * 5000,
        "? " * 5000,
    ],
    ids=["lists", "maps", "items", "laughs", "digits", "keys"],
)
def test_hostile_text_is_a_problem_like_any_other(text: str) -> None:
    assert isinstance(load({"a.yaml": text}), Problems)


def test_a_folder_that_cannot_be_looked_into_is_no_smaller_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in SAMPLE.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "more").mkdir()
    scandir = os.scandir

    def closed(path: str) -> object:
        if str(path).endswith("more"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = read(tmp_path)
    assert isinstance(found, Problems)
    assert "cannot be read (Permission denied)" in str(found)
