"""`ivr test`: the command."""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.settings.options import settings_options
from ivr.tools.place import UsageExit
from ivr.tools.policytest import files, paper
from ivr.tools.policytest.runner import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.model import Policy
    from ivr.settings import Loaded
    from ivr.tools.policytest.model import Scenario
    from ivr.tools.policytest.runner import Ran


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILES]...")
@click.option("--run", "wanted", metavar="NAME", help="Only tests whose name has NAME (or fits *).")
@click.option("--policy", type=click.Path(path_type=Path), metavar="PATH", help="Test this policy.")
@click.option("-q", "--quiet", is_flag=True, help="Print only what failed, and the sum.")
@settings_options("routes")
def command(
    loaded: Loaded, paths: tuple[Path, ...], wanted: str | None, policy: Path | None, quiet: bool
) -> None:
    """Run the tests of a policy: FILES or folders, by default those in 'tests' beside the policy.

    Exits with 0 if all is as expected, with 1 if it is not, with 2 if a policy or a test file has
    mistakes. docs/policytests.md says how tests are written.

    \b
    Example:
      ivr test
      ivr test routes/tests/faults.yaml --run 'a VIP*'
    """
    found = files.find(paths or (files.beside(loaded.settings.routes),), policy)
    if found.problems:
        click.echo("\n".join(map(str, found.problems)), err=True)
        raise UsageExit("nothing was run: mend what is named above first")
    chosen = list(_chosen(found, wanted))
    if not chosen:
        raise UsageExit(f"no test's name has {wanted!r}" if wanted else "there are no tests here")
    ran = list(_run(chosen, quiet))
    click.echo(paper.summed(ran))
    sys.exit(0 if all(each.passed for each in ran) else 1)


def _chosen(found: files.Found, wanted: str | None) -> Iterator[tuple[Policy, Scenario]]:
    for suite in found.suites:
        for scenario in suite.scenarios:
            if wanted is None or _fits(scenario.name, wanted):
                yield suite.policy, scenario


def _fits(name: str, wanted: str) -> bool:
    folded, pattern = name.casefold(), wanted.casefold()
    return pattern in folded or fnmatchcase(folded, pattern)


def _run(chosen: list[tuple[Policy, Scenario]], quiet: bool) -> Iterator[Ran]:
    for policy, scenario in chosen:
        ran = run(policy, scenario)
        if not quiet or not ran.passed:
            click.echo(paper.line(ran))
            click.echo("".join(f"{each}\n" for each in paper.failures(ran)), nl=False)
        yield ran
