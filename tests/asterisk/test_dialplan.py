"""The three places where the contract is written say the same."""

from __future__ import annotations

import re

import pytest

from ivr.asterisk import dialplan
from ivr.routing.onward import FIXED_DATE, MOST_HOPS
from tests import ROOT

DIALPLAN = (ROOT / "deploy/asterisk/extensions_ivr.conf").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/dialplan.md").read_text(encoding="utf-8")
NAMES = {key: value for key, value in vars(dialplan).items() if key.isupper()}


def _code(text: str) -> str:
    return re.sub(r"^\s*;.*$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("key", [key for key in NAMES if key != "LANGUAGE"])
def test_the_dialplan_uses_every_name(key: str) -> None:
    value = NAMES[key]
    wanted = rf"[,(]{value}=" if key.startswith("ARG_") else rf"(?<![\w-]){re.escape(value)}(?!\w)"
    assert re.search(wanted, _code(DIALPLAN).replace("${IVR_SCRIPT}", "route next"))


@pytest.mark.parametrize("key", [key for key in NAMES if key != "CONTEXT_REPORT"])
def test_the_page_explains_every_name(key: str) -> None:
    assert re.search(rf"`[^`]*{re.escape(NAMES[key])}[^`]*`|{re.escape(NAMES[key])}", PAGE)


def test_every_argument_that_is_sent_is_known() -> None:
    calls = re.findall(r"AGI\(\$\{IVR_URL\}/[^,]*,(.*)\)", _code(DIALPLAN))
    sent = {argument.partition("=")[0] for call in calls for argument in call.split(",")}
    assert sent == {value for key, value in NAMES.items() if key.startswith("ARG_")}


def test_both_sides_count_places_and_hops_alike() -> None:
    assert f"$[{FIXED_DATE} - ${{IVR_FIRST}}]" in DIALPLAN
    assert f"$[${{IVR_HOPS}} <= {MOST_HOPS}]" in DIALPLAN
