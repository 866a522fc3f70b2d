"""Paid lines: what a sound one becomes, and that no policy with an unfair one is ever loaded."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.callers.nuisance import Rules, Stage
from ivr.policy.conditions import Verdict, judge
from ivr.policy.fairness import tiers_of
from ivr.policy.loader import load
from ivr.policy.model import Policy, Tier, ToPaidLine
from ivr.policy.paid import CarrierBills, Method
from ivr.policy.problems import Problems
from tests.policy.samples import FACTS
from tests.policy.test_problems import base_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

Line = dict[str, Any]

NUISANCE = {"contacts": 30, "marks": 10}
EVERYONE = {"name": "everyone", "queue": "main"}

TELL: Line = {
    "number": "0521234567",
    "price": {"prompt": "price", "at_least": "6s"},
    "price_valid_for": ["05"],
    "exempt_topics": ["fault"],
    "declined": ["free-ways"],
    "appeal_key": "9",
}
DIAL: Line = {
    **TELL,
    "method": "dial",
    "price": {"prompt": "price", "at_least": "6s", "version": "2026-11"},
    "consent": {"prompt": "agree", "key": "1"},
    "dial": "PJSIP/0521234567@trunk",
    "carrier_bills_caller": {"confirmed_by": "Dana", "on": "2026-11-01"},
}
REFER: Line = {**DIAL, "method": "refer", "dial": "sip:0521234567@carrier.example"}
REDIRECT: Line = {**REFER, "method": "redirect", "consent_valid": "30d"}
SOUND = {"tell": TELL, "dial": DIAL, "refer": REFER, "redirect": REDIRECT}


def loaded(
    line: Line | None, when: object = None, nuisance: object = None, dial: str = ""
) -> Policy | Problems:
    """A policy with the line, offered by a route; JSON is YAML with every text in quotes."""
    offer: dict[str, object] = {"name": "pay", "when": when or {"tier": "nuisance"}}
    offer |= {"dial": dial} if dial else {"paid_line": "air-time"}
    sections: dict[str, object] = {
        "nuisance": NUISANCE if nuisance is None else nuisance,
        "routes": [offer, EVERYONE],
    }
    if line is not None:
        sections["paid_lines"] = {"air-time": line}
    text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in sections.items())
    return load({"base.yaml": base_for(text), "more.yaml": text})


def sound(line: Line, **more: Any) -> Policy:
    policy = loaded(line, **more)
    assert isinstance(policy, Policy), str(policy)
    return policy


# --- what a sound one becomes ----------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["0521234567", "052-123-4567", "+972 52 123 4567", "972521234567"]
)
def test_a_number_is_kept_in_one_form_and_told_as_it_is_dialled(written: str) -> None:
    line = sound({**TELL, "number": written}).paid_lines["air-time"]
    assert (line.number, line.told) == ("+972521234567", "0521234567")


def test_a_number_is_told_unless_another_method_is_said() -> None:
    line = sound(TELL).paid_lines["air-time"]
    assert line.method is Method.TELL
    assert (line.price, line.price_seconds) == ("price", 6)
    assert (line.consent, line.consent_key, line.dial) == ("", "", "")
    assert line.carrier_bills_caller is None


@pytest.mark.parametrize("method", ["dial", "refer", "redirect"])
def test_whatever_a_method_needs_is_kept(method: str) -> None:
    line = sound(SOUND[method]).paid_lines["air-time"]
    assert line.method == method
    assert (line.consent, line.consent_key, line.tries, line.wait) == ("agree", "1", 2, 8)
    assert line.price_version == "2026-11"
    assert line.valid_for == ("+9725",)
    assert line.exempt_topics == {"fault"}
    assert line.declined == ("free-ways",)
    assert line.carrier_bills_caller == CarrierBills("Dana", date(2026, 11, 1))
    assert line.consent_days == (30 if method == "redirect" else 0)


def test_a_route_offers_the_line() -> None:
    policy = sound(TELL)
    assert policy.routes[0].stages[0].target == ToPaidLine(policy.paid_lines["air-time"])


def test_a_line_that_is_dialled_may_ring_for_so_long() -> None:
    text = f"""
nuisance: {json.dumps(NUISANCE)}
paid_lines: {json.dumps({"air-time": DIAL})}
routes:
  - {{name: a, when: {{tier: nuisance}}, paid_line: air-time, then: [{{after: 20s, queue: main}}]}}
  - {{name: everyone, queue: main}}
"""
    policy = load({"base.yaml": base_for(text), "more.yaml": text})
    assert isinstance(policy, Policy), str(policy)
    assert policy.routes[0].stages[0].seconds == 20


def test_the_rules_of_the_process() -> None:
    assert sound(TELL).nuisance == Rules(30, 10, before_warning=3, before_notice=2, quiet=2)
    months = {"before_warning": 4, "before_notice": 1, "quiet": 3}
    assert sound(TELL, nuisance={**NUISANCE, "months": months}).nuisance == Rules(30, 10, 4, 1, 3)
    longer = sound(TELL, nuisance={**NUISANCE, "months": months, "broken_off": "8s"}).nuisance
    assert longer == Rules(30, 10, 4, 1, 3, broken_off=8)


# --- an unfair one is never loaded -----------------------------------------------------------


def without(*keys: str) -> Callable[[Line], Line]:
    return lambda line: {key: value for key, value in line.items() if key not in keys}


def with_(**changes: object) -> Callable[[Line], Line]:
    return lambda line: {**line, **changes}


def inner(key: str, /, **changes: object) -> Callable[[Line], Line]:
    """Change, or with None take out, a key of one of the mappings within."""

    def change(line: Line) -> Line:
        merged = {**line.get(key, {}), **changes}
        return {**line, key: {name: value for name, value in merged.items() if value is not None}}

    return change


#: Each makes any line unfair, whatever else is so.
UNFAIR: dict[str, Callable[[Line], Line]] = {
    "no price": without("price"),
    "no price prompt": inner("price", prompt=None),
    "a price that nobody recorded": inner("price", prompt="prise"),
    "a price in one language": inner("price", prompt="hebrew-only"),
    "a price of no length": inner("price", at_least=None),
    "no prefixes": without("price_valid_for"),
    "no prefix": with_(price_valid_for=[]),
    "no exempt topics": without("exempt_topics"),
    "no exempt topic": with_(exempt_topics=[]),
    "an exempt topic that there is not": with_(exempt_topics=["fault", "leaving"]),
    "no way to appeal": without("appeal_key"),
    "an appeal by the person's key": with_(appeal_key="0"),
    "nothing said to who declines": without("declined"),
    "no number": without("number"),
    "a number that is none": with_(number="air time"),
    "an emergency number": with_(number="112"),
    "a premium number": with_(number="1-900-123456"),
    "our own number": with_(number="1-800-123456"),
    "another country's number": with_(number="+15551234567"),
    "a misspelt key": with_(free=True),
}
#: Each makes a line unfair at whose end somebody agrees by key.
UNFAIR_BY_KEY: dict[str, Callable[[Line], Line]] = {
    "no consent": without("consent"),
    "no consent prompt": inner("consent", prompt=None),
    "a question in one language": inner("consent", prompt="hebrew-only"),
    "no consent key": inner("consent", key=None),
    "consent by the appeal's key": inner("consent", key="9"),
    "consent by the person's key": inner("consent", key="0"),
    "no version": inner("price", version=None),
    "nobody confirmed": without("carrier_bills_caller"),
    "confirmed by nobody": inner("carrier_bills_caller", confirmed_by=" "),
    "confirmed at no time": inner("carrier_bills_caller", on=None),
    "another number dialled": with_(dial="PJSIP/0529999999@trunk"),
    "an emergency number dialled": with_(dial="sip:100@carrier"),
    "nothing dialled": without("dial"),
}


@st.composite
def sound_lines(draw: DrawFn) -> Line:
    line = dict(SOUND[draw(st.sampled_from(sorted(SOUND)))])
    line["price_valid_for"] = draw(
        st.lists(st.sampled_from(["05", "052", "+972", "03"]), min_size=1, unique=True)
    )
    line["exempt_topics"] = [draw(st.sampled_from(["fault", "billing"]))]
    keys = draw(st.permutations("123456789*#"))
    line["appeal_key"] = keys[0]
    if "consent" in line:
        line["consent"] = {
            **line["consent"],
            "key": keys[1],
            "tries": draw(st.integers(1, 5)),
            "wait": f"{draw(st.integers(3, 60))}s",
        }
    elif draw(st.booleans()):
        line["repeat_key"] = keys[1]
    return line


@settings(deadline=None, max_examples=60)
@given(line=sound_lines())
def test_a_sound_line_is_loaded(line: Line) -> None:
    assert isinstance(policy := loaded(line), Policy), str(policy)


@settings(deadline=None, max_examples=200)
@given(data=st.data(), line=sound_lines())
def test_an_unfair_line_is_never_loaded(data: st.DataObject, line: Line) -> None:
    kinds = {**UNFAIR, **(UNFAIR_BY_KEY if "consent" in line else {})}
    if "consent" in line:
        line = {**line, "appeal_key": "9", "consent": {**line["consent"], "key": "1"}}
    for kind in data.draw(st.sets(st.sampled_from(sorted(kinds)), min_size=1, max_size=3)):
        line = kinds[kind](line)
    assert isinstance(loaded(line), Problems)


@pytest.mark.parametrize("kind", [*UNFAIR, *UNFAIR_BY_KEY])
@pytest.mark.parametrize("method", ["tell", "dial", "refer", "redirect"])
def test_each_kind_of_unfairness_is_a_problem_by_itself(method: str, kind: str) -> None:
    if method == "tell" and kind in UNFAIR_BY_KEY:
        line = UNFAIR_BY_KEY[kind]({**SOUND["dial"], "method": "tell"})
    else:
        line = {**UNFAIR, **UNFAIR_BY_KEY}[kind](SOUND[method])
    assert isinstance(loaded(line), Problems)


@pytest.mark.parametrize(
    "nuisance",
    [
        {**NUISANCE, "months": {"before_notice": 0}},
        {**NUISANCE, "months": {"before_warning": 1}},
        {**NUISANCE, "marks": 0},
        {**NUISANCE, "broken_off": "5m"},
        {"contacts": 30},
        {"marks": 10},
        {},
    ],
)
def test_an_unfair_process_is_never_loaded(nuisance: object) -> None:
    assert isinstance(loaded(TELL, nuisance=nuisance), Problems)


# --- nobody but the tier nuisance comes there --------------------------------------------------

_LEAVES: SearchStrategy[dict[str, object]] = st.one_of(
    st.sets(st.sampled_from([tier.value for tier in Tier]), min_size=1).map(
        lambda tiers: {"tier": sorted(tiers)}
    ),
    st.sampled_from(
        [
            {"topic": "fault"},
            {"topic": "billing"},
            {"language": "en"},
            {"nuisance": "paid"},
            {"nuisance": "observed"},
            {"open_case": True},
            {"withheld": True},
            {"forwarded": False},
            {"undocumented": True},
            {"contacts": {"at_least": 30, "within": "month"}},
        ]
    ),
)


def _joined(parts: SearchStrategy[dict[str, object]]) -> SearchStrategy[dict[str, object]]:
    lists = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        lists.map(lambda each: {"any": each}),
        lists.map(lambda each: {"all": each}),
        lists.map(lambda each: {"not": each}),
        st.tuples(_LEAVES, _LEAVES).map(lambda two: {**two[0], **two[1]}),
    )


CONDITIONS = st.recursive(_LEAVES, _joined, max_leaves=6)


def _calls(data: st.DataObject) -> Any:
    topic = data.draw(st.sampled_from([None, "fault", "billing"]))
    return replace(
        FACTS,
        topic=topic,
        topic_askable=False,
        language=data.draw(st.sampled_from(["he", "en"])),
        forwarded=data.draw(st.booleans()),
        number=data.draw(st.sampled_from([None, FACTS.number])),
        nuisance=data.draw(st.sampled_from(list(Stage))),
        caller=data.draw(st.sampled_from([None, FACTS.caller])),
    )


@settings(deadline=None, max_examples=400)
@given(data=st.data(), when=CONDITIONS)
def test_a_route_that_is_loaded_takes_no_other_tier_to_a_paid_line(
    data: st.DataObject, when: dict[str, object]
) -> None:
    policy = loaded(TELL, when=when)
    if isinstance(policy, Problems):
        return
    facts = _calls(data)
    for tier in Tier:
        if tier is not Tier.NUISANCE:
            verdict = judge(policy.routes[0].when, replace(facts, tier=tier.value), [])
            assert verdict is not Verdict.YES, f"{tier}: {when}"


@settings(deadline=None, max_examples=200)
@given(data=st.data(), when=CONDITIONS)
def test_whatever_narrows_the_tier_nuisance_is_loaded(
    data: st.DataObject, when: dict[str, object]
) -> None:
    fair = {"all": [{"tier": "nuisance"}, when]}
    policy = loaded(TELL, when=fair)
    if isinstance(policy, Problems):  # its conditions exclude each other, or are too many
        assert "exclude each other" in str(policy)
        return
    assert tiers_of(policy.routes[0].when) == frozenset({Tier.NUISANCE})


def test_more_ways_than_are_looked_at_are_not_trusted() -> None:
    either = {"any": [{"language": "he"}, {"language": "en"}]}
    many = {"all": [{"tier": "nuisance"}, *([either] * 8)]}
    assert "too many ways to tell for whom" in str(loaded(TELL, when=many))


# --- numbers that nobody is sent to ------------------------------------------------------------

REFUSED = st.sampled_from(
    ["100", "101", "102", "103", "104", "105", "106", "107", "108", "110", "112", "118", "911",
     "999", "9112", "0100", "1900123456", "1-901-123456", "+972-1902-123456", "1919123456",
     "1956123456", "1957123456", "00449091234567", "+979112345678",
     "1800123456", "1-800-123456", "+9721800123456", "9721800123456",
     "0521234567", "+972521234567", "90521234567", "052-123-4567"]
)  # fmt: skip
WRAPPED = st.sampled_from(
    ["PJSIP/{}@trunk", "PJSIP/trunk/sip:{}@host", "PJSIP/trunk/{}", "Local/{}@out", "Local/{}",
     "Local/{}@out/n", "SIP/trunk/{}", "DAHDI/g1/{}", "IAX2/peer/{}", "IAX2/peer@host/{}",
     "PJSIP/sip:{}@host"]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(number=REFUSED, wrapped=WRAPPED)
def test_a_route_dials_nobody_who_is_not_to_be_called(number: str, wrapped: str) -> None:
    assert isinstance(loaded(TELL, when={"topic": "fault"}, dial=wrapped.format(number)), Problems)


@pytest.mark.parametrize(
    "dial",
    ["PJSIP/100", "PJSIP/anna", "PJSIP/200@office", "PJSIP/031234567@trunk", "Local/2000@agents",
     "PJSIP/trunk/sip:0541234567@host", "PJSIP/1700123456@trunk", "PJSIP/0019175551234@trunk"],
)  # fmt: skip
def test_a_telephone_and_an_ordinary_number_are_dialled(dial: str) -> None:
    policy = loaded(TELL, when={"topic": "fault"}, dial=dial)
    assert isinstance(policy, Policy), str(policy)


def test_a_policy_adds_prefixes_of_its_own() -> None:
    text = 'premium: ["1-700"]\nroutes:\n  - {name: a, dial: PJSIP/1700123456@trunk}\n'
    assert "a premium number" in str(load({"base.yaml": base_for(text), "more.yaml": text}))
