"""A simulation on paper: who would come how far, and why or why not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.nuisance import Sort, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivr.callers.nuisance import Rules
    from ivr.tools.nuisance_simulate.living import Fate, Simulation

_FAR: Final = {
    Stage.PAID: "would come to the last stage",
    Stage.NOTICE_DUE: "would come to the notice",
    Stage.WARNED: "would be warned, and no further",
    Stage.WARNING_DUE: "would come to the warning",
    Stage.OBSERVED: "would be observed, and no further",
}


def simulation_text(simulation: Simulation, marked: bool) -> Iterator[str]:
    """Line by line: what was read, who comes how far, and why the others do not."""
    fates = list(simulation.fates())
    yield from _heading(simulation, marked)
    for stage, words in _FAR.items():
        named = [fate for fate in fates if fate.stage is stage]
        if named or stage is Stage.PAID:
            yield f"\n{len(named)} {_callers(len(named))} {words}"
            yield from (f"  {line(fate, simulation.rules)}" for fate in named)
    yield from _others(simulation, [fate for fate in fates if fate.stage is Stage.CLEAR])


def line(fate: Fate, rules: Rules) -> str:
    """One caller, and why."""
    counts = ", ".join(
        f"{month.name} {month.contacts} ({month.marks} marked)" for month in fate.months
    )
    return f"{fate.caller}: since {fate.reached}; {why(fate, rules)}; {counts}"


def why(fate: Fate, rules: Rules) -> str:
    """Why a caller came so far, or no further."""
    watched = sum(month.sort(rules) is Sort.WATCHED for month in fate.months)
    if watched:
        return f"{watched} of {len(fate.months)} months watched"
    if fate.protected:
        enough = any(replace(month, void="").sort(rules) is Sort.WATCHED for month in fate.months)
        return f"exempt: a VIP by the mapping{', with enough contacts' if enough else ''}"
    had = [month for month in fate.months if month.contacts]
    whole = [month for month in had if not month.void]
    if had and not whole:
        return "no month with contacts is covered whole by the log"
    if all(month.contacts < rules.contacts for month in whole):
        return f"never {rules.contacts} contacts that count in a month"
    return f"enough contacts, never {rules.marks} marks in a month"


def fate_json(fate: Fate, rules: Rules) -> dict[str, Any]:
    """One caller for machines."""
    return {
        "caller": fate.caller,
        "stage": fate.stage.value,
        "since": fate.reached or None,
        "why": why(fate, rules),
        "months": [
            {"name": month.name, "contacts": month.contacts, "marks": month.marks}
            for month in fate.months
        ],
    }


def _heading(simulation: Simulation, marked: bool) -> Iterator[str]:
    log, rules = simulation.log, simulation.rules
    yield (
        f"{log.rows} rows from {log.first} to {log.last}: {log.counted} contacts that count, of "
        f"{len(log.callers)} callers; {log.skipped} rows skipped"
    )
    yield (
        f"a watched month has {rules.contacts} contacts and {rules.marks} marks or more; "
        f"{rules.before_warning} in a row to the warning, {rules.before_notice} to the notice, "
        f"{rules.quiet} quiet ones clear"
    )
    yield "every answered contact is taken as marked" if marked else "no contact carries a mark"
    if simulation.repeat:
        yield f"lived through for {simulation.repeat} months: each as if it were the log's"
    elif not simulation.here:
        yield "the log has no month whole: `--repeat 6 months` takes it as one, six times"


def _others(simulation: Simulation, fates: Sequence[Fate]) -> Iterator[str]:
    reasons = Counter(why(fate, simulation.rules) for fate in fates)
    yield f"\n{len(fates)} {_callers(len(fates))} would not come into the process"
    for reason, count in reasons.most_common():
        yield f"  {count}: {reason}"


def _callers(count: int) -> str:
    return "caller" if count == 1 else "callers"
