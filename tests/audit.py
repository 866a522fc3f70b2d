"""Known vulnerabilities of what is installed: `python -m tests.audit`, by pip-audit.

pip-audit asks a service on the network, and ends with 1 both when it found something and when it
could not ask; where the service knows none of the packages it ends with 0. So its report is read:
it was done when each package was looked up, by one service or the other.

Exit codes: 0 nothing is known, 1 something is, 3 not done. With `--where-it-can` the last is 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Vulnerabilities that do not touch us, by their id, and why.
ACCEPTED: Final[Mapping[str, str]] = MappingProxyType({})

SERVICES: Final = ("pypi", "osv")
#: Seconds for all packages: a service that is not there should not hold anybody.
PATIENCE: Final = 120.0
_COMMAND: Final = (sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json")
_OURSELVES: Final = "ivr-engine"


@dataclass(frozen=True, slots=True)
class Report:
    """What a service said: of how many packages, which vulnerabilities, and why of some nothing."""

    audited: int = 0
    found: Sequence[str] = ()
    unknown: Sequence[str] = ()
    failure: str = ""

    @property
    def done(self) -> bool:
        """Whether it knows of every package."""
        return not self.failure and not self.unknown and self.audited > 0


def read(output: str, complaint: str) -> Report:
    """What pip-audit reported; its exit code says nothing."""
    try:
        packages = list[Any](json.loads(output)["dependencies"])
    except (ValueError, KeyError, TypeError):
        last = complaint.strip().splitlines()[-1:] or ["it said nothing"]
        return Report(failure=last[0][:300])
    others = [each for each in packages if each["name"].replace("_", "-") != _OURSELVES]
    looked_up = [each for each in others if "vulns" in each]
    return Report(
        len(looked_up),
        [line for each in looked_up for line in _vulnerabilities(each)],
        [each["name"] for each in others if "vulns" not in each],
    )


def _vulnerabilities(package: Mapping[str, Any]) -> list[str]:
    name = f"{package['name']} {package['version']}"
    return [
        f"{name}: {each['id']}, mended in {', '.join(each['fix_versions']) or 'no version yet'}"
        for each in package["vulns"]
        if not {each["id"], *each.get("aliases", ())} & set(ACCEPTED)
    ]


def ask(service: str, command: Sequence[str]) -> Report:
    """Have one service asked."""
    try:
        done = subprocess.run(
            [*command, f"--vulnerability-service={service}"],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Report(failure=f"no answer within {PATIENCE:.0f} s")
    except OSError as error:
        return Report(failure=f"pip-audit cannot be started ({error.strerror})")
    return read(done.stdout, done.stderr)


def main(arguments: Sequence[str], command: Sequence[str] = _COMMAND) -> int:
    """Ask until one service knows of all; say what is known, or that it was not done."""
    for service in SERVICES:
        report = ask(service, command)
        if report.found:
            print(*report.found, sep="\n")
            print(f"audit: {len(report.found)} known vulnerabilities (by {service})")
            return 1
        if report.done:
            print(f"audit: none of {report.audited} packages has a known vulnerability ({service})")
            return 0
        print(f"audit: {service}: {_why(report)}", file=sys.stderr)
    print("audit: NOT DONE: nothing is known of vulnerabilities", file=sys.stderr)
    return 0 if "--where-it-can" in arguments else 3


def _why(report: Report) -> str:
    if report.failure:
        return report.failure
    named = ", ".join(report.unknown[:5])
    return f"it knows nothing of {len(report.unknown)} packages, {named} among them"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
