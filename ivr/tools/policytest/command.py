"""`ivr test`: the command."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.settings.options import settings_options
from ivr.tools.place import UsageExit
from ivr.tools.progress import bar_of
from ivr.tools.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivr.settings import Loaded
    from ivr.tools.policytest.coverage import Coverage
    from ivr.tools.policytest.files import Found
    from ivr.tools.policytest.model import Scenario, Suite
    from ivr.tools.policytest.runner import Ran


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILES]...")
@click.option("--run", "wanted", metavar="NAME", help="Only tests whose name has NAME, or fits it.")
@click.option("--policy", type=click.Path(path_type=Path), metavar="PATH", help="Test this policy.")
@click.option("--coverage", is_flag=True, help="List what of the policy no test reaches.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit with 1 if less of a policy is reached; implies --coverage.",
)
@click.option(
    "--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML there, too."
)
@click.option("-q", "--quiet", is_flag=True, help="Print only what failed, and the sums.")
@settings_options("routes")
def command(
    loaded: Loaded,
    paths: tuple[Path, ...],
    wanted: str | None,
    policy: Path | None,
    coverage: bool,
    fail_under: float | None,
    junit: Path | None,
    quiet: bool,
) -> None:
    """Run the tests of a policy: FILES or folders, by default those in 'tests' beside the policy.

    Exits with 0 if all is as expected, with 1 if it is not (or too little of the policy is
    reached), with 2 if a policy or a test file has mistakes: then nothing is run.

    \b
    Examples:
      ivr test
      ivr test routes/tests/faults.yaml --run 'a VIP*'
      ivr test --fail-under 100 --junit tests.xml
    """
    found = _find(paths, policy, loaded)
    ran = _run(_chosen(found.suites, wanted), wanted, quiet=quiet)
    _sum_up(ran, junit)
    reach = list(_coverages(found, ran))
    _show(reach, in_full=coverage or fail_under is not None, part=wanted is not None)
    under = fail_under is not None and any(each.is_under(fail_under) for each in reach)
    if under:
        click.echo(f"less than {fail_under:g}% of the policy is reached by a test", err=True)
    sys.exit(1 if under or not all(each.passed for each in ran) else 0)


def _find(paths: tuple[Path, ...], policy: Path | None, loaded: Loaded) -> Found:
    from ivr.tools.policytest.files import find

    found = find(paths or (_beside(policy, loaded),), policy, loaded.settings.routes)
    if found.problems:
        click.echo("\n".join(printable(str(each)) for each in found.problems), err=True)
        raise UsageExit("nothing was run: mend what is named above first")
    return found


def _beside(policy: Path | None, loaded: Loaded) -> Path:
    """The tests of the policy that is given; those of the one in force, where it has none."""
    from ivr.tools.policytest.files import beside

    own = beside(policy) if policy is not None else None
    return own if own is not None and own.is_dir() else beside(loaded.settings.routes)


def _chosen(suites: Sequence[Suite], wanted: str | None) -> list[tuple[Suite, Scenario]]:
    return [
        (suite, scenario)
        for suite in suites
        for scenario in suite.scenarios
        if wanted is None or _fits(scenario.name, wanted)
    ]


def _fits(name: str, wanted: str) -> bool:
    folded, pattern = name.casefold(), wanted.casefold()
    return pattern in folded or fnmatchcase(folded, pattern)


def _run(chosen: Sequence[tuple[Suite, Scenario]], wanted: str | None, *, quiet: bool) -> list[Ran]:
    from ivr.tools.policytest import paper
    from ivr.tools.policytest.runner import run

    if not chosen:
        raise UsageExit(f"no test's name has {wanted!r}" if wanted else "there are no tests here")
    every = []
    with bar_of(len(chosen), "tests") if quiet else nullcontext() as bar:
        for suite, scenario in chosen:
            ran = run(suite.policy, scenario)
            every.append(ran)
            if bar:
                bar.update(1)
            if not quiet or not ran.passed:
                click.echo("\n".join(map(printable, (paper.line(ran), *paper.failures(ran)))))
    return every


def _sum_up(ran: Sequence[Ran], junit: Path | None) -> None:
    from ivr.tools.policytest import paper
    from ivr.tools.policytest.junit import as_junit

    click.echo(paper.summed(ran))
    if junit is None:
        return
    try:
        junit.write_text(as_junit(ran), encoding="utf-8")
    except OSError as error:
        raise UsageExit(f"{junit} cannot be written: {error.strerror}") from None


def _coverages(found: Found, ran: Sequence[Ran]) -> Iterator[Coverage]:
    """One for each policy, by path."""
    from ivr.tools.policytest.coverage import covered

    for path, policy in sorted(found.policies.items()):
        files = {str(suite.file) for suite in found.suites if suite.policy is policy}
        own = [each for each in ran if each.scenario.place.file in files]
        yield covered(path, found.texts[path], policy, own)


def _show(coverages: Sequence[Coverage], *, in_full: bool, part: bool) -> None:
    """What was reached; of a part of the tests only where it is asked for."""
    from ivr.tools.policytest.coverage import summary, table

    for each in () if part and not in_full else coverages:
        lines = [summary(each), *(table(each) if in_full else ())]
        click.echo("\n".join(map(printable, lines)))
