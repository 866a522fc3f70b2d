"""A soak: a real engine, a process that calls it for long, and what the engine takes meanwhile."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ivr.logs.decisions.segments import segments
from tests.soak.curve import Point, after_warming, growth
from tests.soak.process import taken
from tests.soak.traffic import known
from tests.soak.worked import Worked

RATE: Final = 100
"""Calls a second."""

ALLOWED: Final = 2 * 1024 * 1024
"""Bytes by which memory may grow once the engine is warm, however long that is.

What a sound engine's grows by in that time is below half a MiB, up or down. Of five minutes it is
100 bytes a call (840 MiB a day of a hundred calls a second), of an hour 9 bytes a call (70 MiB).
"""

_SCRAPE, _RELOAD, _MINUTE = 5, 20, 60
#: Calls of each caller in a soak, on average. The engine remembers 65,536 numbers as it read them
#: (ivr/callers/numbers.py), 300 bytes each: a number that is new is growth, and no leak.
_CALLS_EACH: Final = 12
#: Seconds; a call may take 2.5 of them in the engine before it is given up (tests/soak/worked.py).
_LATE: Final = 0.5
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """What there was at one moment: seconds, counts, bytes.

    `engine` and `driver` are their seconds of processor time; `p99` is of the second before, in ms.
    """

    seconds: float
    calls: int
    contacts: int
    memory: int
    resident: int
    descriptors: int
    threads: int
    store: int
    wal: int
    decisions: int
    engine: float
    driver: float
    p99: float


def _say(line: str) -> None:
    print(line, flush=True)


@dataclass
class Soak:
    """`seconds` of calls to an engine in `folder`: `run` it once, then ask what came of it.

    `counts` is what the driver counted. `took` are seconds from the moment at which a call was due
    to the end of its `/route` session; the driver began its latest call `latest` seconds late.
    """

    folder: Path
    seconds: float
    module: str = "ivr"
    say: Callable[[str], object] = _say
    counts: Counter[str] = field(default_factory=Counter, init=False)
    curve: list[Sample] = field(default_factory=list, init=False)
    took: list[float] = field(default_factory=list, init=False)
    latest: float = field(default=0.0, init=False)
    segments: set[str] = field(default_factory=set, init=False)
    _minute: list[list[float]] = field(default_factory=list, init=False)
    engine: Worked = field(init=False)

    def __post_init__(self) -> None:
        self.engine = Worked(self.folder, self.module)
        self.engine.know_all(known(self.callers))

    @property
    def callers(self) -> int:
        """How many numbers call: so few that nearly all have called before the engine is warm."""
        return int(RATE * self.seconds / _CALLS_EACH)

    @property
    def was_starved(self) -> bool:
        """Whether the machine had no time: the driver, which does little, was late by itself."""
        return self.latest > _LATE

    def close(self) -> None:
        """End the engine."""
        self.engine.close()

    def run(self) -> None:
        """Call, and look whenever the driver says how far it is: once a second."""
        with self._driver() as driver:
            assert driver.stdout is not None
            for count, line in enumerate(driver.stdout, 1):
                self._look(json.loads(line), driver.pid)
                if count % _SCRAPE == 0:
                    self.engine.get("/metrics")
                if count % _RELOAD == 0:
                    self.engine.take_another_policy()
                if count % _MINUTE == 0:
                    self.say(self.line())
        assert driver.returncode == 0, "the driver failed"
        self.engine.wait_idle()

    def decisions(self) -> dict[str, int]:
        """The segments of kept decisions that are there now, and their bytes."""
        folder = self.folder / "decisions"
        names = segments(folder) if folder.is_dir() else []
        return {name: _size(folder / name) for name in names}

    def points(self, what: str) -> Sequence[Point]:
        """How much there was of something, by the calls made."""
        return [(sample.calls, getattr(sample, what)) for sample in self.calling()]

    def calling(self) -> Sequence[Sample]:
        """The samples while calls came."""
        return [sample for sample in self.curve if sample.seconds <= self.seconds]

    def line(self) -> str:
        """How it is now, for whoever looks on."""
        now, last = self.curve[-1], [each for second in self._minute for each in second]
        return (
            f"{now.seconds:5.0f} s  {now.calls:7} calls  {now.contacts:7} contacts  "
            f"{now.memory / _MIB:6.1f} MiB  {now.descriptors:3} descriptors  "
            f"WAL {now.wal / _MIB:4.1f} MiB  p99 {1000 * percentile(last, 0.99):6.1f} ms"
        )

    def figures(self) -> str:
        """What came of it, in words for an engineer."""
        calling = self.calling()
        warm, end = after_warming(calling)[0], calling[-1]
        took = [1000 * percentile(self.took, share) for share in (0.5, 0.99, 1)]
        a_call, in_all = growth(self.points("memory"))
        return "\n".join(
            (
                f"soak: {end.seconds:.0f} s, {self.counts['calls']} calls of "
                f"{self.counts['offered']} ({end.calls / end.seconds:.0f} a second, "
                f"{self.counts['held back']} held back for want of time), "
                f"{self.counts['contacts']} contacts, {self.engine.loads} reloads",
                f"  memory {calling[0].memory / _MIB:.1f} MiB at first, {warm.memory / _MIB:.1f} "
                f"when warm, {end.memory / _MIB:.1f} at the end (resident "
                f"{end.resident / _MIB:.1f}): grows by {a_call:.0f} bytes a call, "
                f"{in_all / _MIB:.2f} MiB in all of {ALLOWED / _MIB:.0f} allowed",
                f"  /route p50 {took[0]:.1f} ms, p99 {took[1]:.1f}, longest {took[2]:.0f}; the "
                f"driver was {1000 * self.latest:.0f} ms late at most",
                f"  processor: engine {100 * end.engine / end.seconds:.0f} %, driver "
                f"{100 * end.driver / end.seconds:.0f} %; store {end.store / _MIB:.0f} MiB, WAL at "
                f"most {max(sample.wal for sample in calling) / _MIB:.1f} MiB",
            )
        )

    def write(self, file: Path) -> None:
        """Write the curve as CSV."""
        rows = [asdict(sample) for sample in self.curve]
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", newline="") as out:
            table = csv.DictWriter(out, list(rows[0]))
            table.writeheader()
            table.writerows(rows)

    def _driver(self) -> subprocess.Popen[str]:
        told = (self.engine.port, self.seconds, RATE, self.callers)
        driver = [sys.executable, "-m", "tests.soak.driver", *map(str, told)]
        command = ["setpriv", "--pdeathsig", "KILL", *driver]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def _look(self, told: Any, driver: int) -> None:
        engine = taken(self.engine.pid)
        self.counts = Counter(told["counts"])
        self.latest = told["latest"]
        self.took += told["took"]
        self._minute = [*self._minute, told["took"]][-_MINUTE:]
        decisions = self.decisions()
        self.segments |= set(decisions)
        self.curve.append(
            Sample(
                seconds=told["seconds"],
                calls=self.counts["calls"],
                contacts=self.counts["contacts"],
                memory=engine.memory,
                resident=engine.resident,
                descriptors=engine.descriptors,
                threads=engine.threads,
                store=self.engine.store.stat().st_size,
                wal=_size(Path(f"{self.engine.store}-wal")),
                decisions=sum(decisions.values()),
                engine=engine.processor,
                driver=taken(driver).processor,
                p99=1000 * percentile(told["took"], 0.99),
            )
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed; 0 of none."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else 0.0


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
