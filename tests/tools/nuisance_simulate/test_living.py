"""`ivr nuisance simulate`: recorded logs, lived through."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from ivr.callers.nuisance import Rules, Stage
from ivr.engine.desk import DeskError
from ivr.tools.nuisance import nuisance
from ivr.tools.nuisance_simulate.living import Fate, Log, Simulation, log_of
from ivr.tools.nuisance_simulate.paper import why
from ivr.tools.place import Place
from ivr.tools.recorded.recording import open_calls

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONE = ZoneInfo("Asia/Jerusalem")
RULES = Rules(contacts=3, marks=3)
BANK = Path(__file__).parents[3] / "docs" / "examples" / "bank-1999.yaml"
LOG = Path(__file__).parents[4] / "shared" / "data" / "anonymous-bank-1999-02a.tsv"

MAPPING = """
caller: who
started: {columns: [day, time], format: "%Y-%m-%d %H:%M"}
outcome: {column: how, answered: [yes], abandoned: [gone]}
leave_out: {who: ["0"]}
vip: {class: [gold]}
""".replace("[yes]", '["yes"]')

HEAD = "who,day,time,how,class\n"


def place(rules: Rules | None = None) -> Place:
    return Place("/there/is/no/store", "IL", ZONE, (), (), rules)


def read(text: str, *, marked: bool = True) -> tuple[Log, list[str]]:
    told: list[str] = []
    with TemporaryDirectory() as folder:
        log, mapping = Path(folder) / "log.csv", Path(folder) / "log.yaml"
        log.write_text(HEAD + text)
        mapping.write_text(MAPPING)
        recording = open_calls(log, zone=ZONE, region="IL", mapping=mapping,
                               skip=lambda n, why: told.append(f"{n}: {why}"))  # fmt: skip
        return log_of(recording, ZONE, marked=marked), told


def month(name: str, caller: str = "dana", contacts: int = 3, **values: str) -> str:
    """Contacts of one month, one a day, and one call of somebody on its first and last day."""
    how, kind = values.get("how", "yes"), values.get("kind", "")
    last = {"02": 28, "04": 30}.get(name[5:], 31)
    own = "".join(f"{caller},{name}-{n + 1:02},10:00,{how},{kind}\n" for n in range(contacts))
    return own + f"x,{name}-01,09:00,yes,\nx,{name}-{last},09:00,yes,\n"


def fates(text: str, repeat: int = 0, rules: Rules = RULES, **options: Any) -> dict[str, Fate]:
    log, told = read(text, marked=options.pop("marked", True))
    assert told == []
    found = Simulation(log, rules, ZONE, repeat, **options).fates()
    return {fate.caller: fate for fate in found}


def stages(text: str, repeat: int = 0, **options: Any) -> dict[str, Stage]:
    return {name: fate.stage for name, fate in fates(text, repeat, **options).items()}


def test_a_contact_is_of_the_month_in_which_it_ended() -> None:
    late = [f"dana,2026-01-31,23:{n},yes,\n" for n in (57, 58, 59)]
    text = "".join(late) + "".join(f"x,2026-{day},09:00,yes,\n" for day in ("01-01", "02-28"))
    mapping = MAPPING + "talk: talk\n"
    with TemporaryDirectory() as folder:
        log, given = Path(folder) / "log.csv", Path(folder) / "log.yaml"
        log.write_text(HEAD.replace("\n", ",talk\n") + text.replace("\n", ",300\n"))
        given.write_text(mapping)
        found = log_of(open_calls(log, zone=ZONE, region="IL", mapping=given), ZONE, marked=True)
    assert found.callers["dana"] == {"2026-02": (3, 3)}
    assert (found.first.isoformat(), found.last.isoformat()) == ("2026-01-01", "2026-02-28")


def test_why_is_told_of_the_months_that_the_log_covers() -> None:
    rules = replace(RULES, contacts=4)
    after = "x,2026-02-03,09:00,yes,\n"
    [few] = [why(fates(month("2026-01") + after, rules=rules)["dana"], rules)]
    assert few == "never 4 contacts that count in a month"
    half = "".join(f"dana,2026-01-{n},10:00,yes,\n" for n in (20, 21, 22)) + after
    assert why(fates(half)["dana"], RULES) == "no month with contacts is covered whole by the log"
    many = "".join(f"dana,2026-02-0{n},10:00,yes,\n" for n in (1, 2, 3, 4))
    assert why(fates(month("2026-01") + many, rules=rules)["dana"], rules) == few


def test_six_months_alike_are_the_shortest_way_to_the_last_stage() -> None:
    for repeat, expected in (
        (1, Stage.OBSERVED), (2, Stage.OBSERVED), (3, Stage.WARNED), (5, Stage.WARNED),
        (6, Stage.PAID),
    ):  # fmt: skip
        assert stages(month("2026-01"), repeat)["dana"] is expected, repeat
    paid = fates(month("2026-01"), 6)["dana"]
    assert paid.reached == "2026-07"
    assert [each.name for each in paid.months][-1] == "2026-06"


def test_a_log_of_several_months_is_lived_as_it_is() -> None:
    four = "".join(month(f"2026-{n:02}") for n in range(1, 5))
    assert stages(four)["dana"] is Stage.WARNED
    quiet = month("2026-01") + month("2026-02") + month("2026-03", contacts=0)
    assert stages(quiet + month("2026-04"))["dana"] is Stage.OBSERVED


def test_a_month_that_the_log_does_not_cover_is_void() -> None:
    text = "dana,2026-01-02,10:00,yes,\n" * 3
    assert stages(text)["dana"] is Stage.CLEAR
    assert fates(text)["dana"].months[0].void
    assert stages(text, 3)["dana"] is Stage.WARNED


def test_only_answered_calls_count() -> None:
    assert stages(month("2026-01", how="gone"), 6)["dana"] is Stage.CLEAR


def test_frequency_alone_leads_nowhere() -> None:
    assert stages(month("2026-01"), 6, marked=False)["dana"] is Stage.CLEAR


def test_one_call_as_a_vip_exempts_wherever_it_stands() -> None:
    text = month("2026-01") + "dana,2026-01-31,23:00,gone,gold\n"
    assert stages(text, 6)["dana"] is Stage.CLEAR
    assert stages(text, 6, exempt=False)["dana"] is Stage.PAID


def test_rows_that_are_left_out_count_for_nothing() -> None:
    log, told = read("0,2026-01-01,10:00,yes,gold\n" * 9)
    assert (log.rows, log.counted, log.callers, told) == (9, 0, {}, [])
    with pytest.raises(DeskError, match="no contact of anybody"):
        Simulation(log, RULES, ZONE)


def test_a_caller_without_a_name_is_nobody() -> None:
    log, _ = read(" ,2026-01-01,10:00,yes,\n" * 9)
    assert log.callers == {}


def test_days_are_those_of_the_zone() -> None:
    log, _ = read("dana,2026-01-31,23:59,yes,\ndana,2026-02-01,00:00,yes,\n")
    assert log.callers["dana"] == {"2026-01": (1, 1), "2026-02": (1, 1)}


def test_a_bad_row_is_named_and_skipped() -> None:
    log, told = read(
        "dana,2026-01-01,10:00,yes,\ndana,soon,10:00,yes,\ndana,2026-01-01,10:00,maybe,\ndana\n"
    )
    assert (log.counted, log.skipped) == (1, 3)
    assert [line.split(":")[0] for line in told] == ["3", "4", "5"]
    assert "'maybe' is not in the mapping" in told[1]


# -- as it is typed


def run(tmp_path: Path, text: str, *words: str, rules: Rules | None = None) -> Result:
    log, mapping = tmp_path / "log.csv", tmp_path / "log.yaml"
    log.write_text(HEAD + text)
    mapping.write_text(MAPPING)
    given = ("simulate", str(log), "--mapping", str(mapping), *words)
    return CliRunner().invoke(nuisance, given, obj=place(rules))


def test_who_comes_how_far_is_printed_with_the_reason(tmp_path: Path) -> None:
    text = month("2026-01") + month("2026-01", "rich", kind="gold") + month("2026-01", "rare", 1)
    answer = run(tmp_path, text, "--assume", "marked", "--repeat", "6", "months", rules=RULES)
    assert answer.exit_code == 0, answer.output
    assert "2 callers would come to the last stage" in answer.output  # dana, and x of six calls
    assert "dana: since 2026-07; 6 of 6 months watched; 2026-01 3 (3 marked)" in answer.output
    assert "1: exempt: a VIP by the mapping, with enough contacts" in answer.output
    assert "1: never 3 contacts that count in a month" in answer.output


def test_without_marks_it_says_so(tmp_path: Path) -> None:
    answer = run(tmp_path, month("2026-01"), "--repeat", "6", "months", rules=RULES)
    assert "no contact carries a mark" in answer.output
    assert "enough contacts, never 3 marks in a month" in answer.output


def test_thresholds_can_be_tried_without_a_policy(tmp_path: Path) -> None:
    words = ("--assume", "marked", "--repeat", "6", "months", "--json")
    answer = run(tmp_path, month("2026-01"), *words, "--contacts", "3", "--marks", "2")
    dana, _ = json.loads(answer.output)
    assert (dana["caller"], dana["stage"], dana["since"]) == ("dana", "paid", "2026-07")
    answer = run(tmp_path, month("2026-01"), *words)
    assert answer.exit_code == 2
    assert "give --contacts" in answer.output


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    answer = run(tmp_path, month("2026-01") + month("2026-03"), "--repeat", "2", "months",
                 rules=RULES)  # fmt: skip
    assert answer.exit_code == 2
    assert "covers 3 months" in answer.output


# -- a real log: input beside the checkout, never part of the project


@pytest.mark.skipif(not LOG.exists(), reason="no shared/data beside the checkout")
@pytest.mark.parametrize(("words", "expected"), [(["--no-exemptions"], 46), ([], 5)])
def test_a_bank_s_fortnight(words: Sequence[str], expected: int) -> None:
    """Answered is AGENT (whoever served), customer 0 is nobody, one call of priority 2 is a VIP."""
    given = ["simulate", str(LOG), "--mapping", str(BANK), "--assume", "marked", "--contacts", "14",
             "--repeat", "6", "months", "--json", *words]  # fmt: skip
    answer = CliRunner().invoke(nuisance, given, obj=place())
    assert answer.exit_code == 0, answer.output
    found = Counter(fate["stage"] for fate in json.loads(answer.output))
    assert found["paid"] == expected
    assert set(found) == {"paid", "clear"}
