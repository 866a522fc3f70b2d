"""A caller's life with a frozen clock, month by month, and its story to judge it by."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ivr.callers.caller import Author, Caller, MonthTally, Record
from ivr.callers.changes import (
    Change,
    CloseCase,
    GiveGrant,
    OpenCase,
    Release,
    RevokeGrant,
    SetShared,
    apply,
)
from ivr.callers.errors import RefusedError
from ivr.callers.months import months
from ivr.callers.nuisance import Rules, Stage, stage
from ivr.callers.process import (
    STEPS,
    ClearProcess,
    DecideAppeal,
    FileAppeal,
    confirmation,
)

ZONE: Final = ZoneInfo("Asia/Jerusalem")
RULES: Final = Rules(contacts=10, marks=5)
HEAVY: Final = 10


def moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).timestamp()


@dataclass
class Life:
    """Months pass; `story` has a letter for each (w, q, v) and for people's steps (W, N, C)."""

    record: Record = field(default_factory=Record)
    index: int = 0
    tallies: list[MonthTally] = field(default_factory=list)
    here: set[str] = field(default_factory=set)
    story: str = ""
    touched: bool = False

    @classmethod
    def at(cls, reached: Stage) -> Life:
        """A life that has come to a stage."""
        life = cls()
        life.months(*{Stage.CLEAR: (), Stage.OBSERVED: (HEAVY,)}.get(reached, (HEAVY,) * 3))
        if reached.reaches(Stage.WARNED):
            life.confirm("Ronit")
            life.months(0)  # the month of the warning does not count
        if reached.reaches(Stage.NOTICE_DUE):
            life.months(HEAVY, HEAVY)
        if reached.reaches(Stage.PAID):
            life.confirm("Noam")
            life.months(0)
        return life

    @property
    def month(self) -> str:
        return f"{2020 + self.index // 12:04}-{self.index % 12 + 1:02}"

    @property
    def now(self) -> float:
        return moment(2020 + self.index // 12, self.index % 12 + 1, 10)

    @property
    def caller(self) -> Caller:
        return Caller("+972541111111", self.record, months=tuple(self.tallies),
                      here=frozenset(self.here))  # fmt: skip

    @property
    def stage(self) -> Stage:
        over = months(self.caller, ZONE, self.now)
        return stage(RULES, self.record, over, self.now)

    def author(self, by: str) -> Author:
        return Author(by, "root", self.now, "why")

    def change(self, change: Change, by: str = "Ronit") -> None:
        self.record = apply(self.record, change, self.author(by))
        if isinstance(change, Release):
            self.tallies, self.touched = [], False  # a store counts each owner's contacts alone

    def months(self, *contacts: int, there: bool = True) -> list[Stage]:
        """Months pass, each with so many marked contacts; the stage in each of them."""
        stages = []
        for count in contacts:
            stages.append(self.stage)
            if there:
                self.here.add(self.month)
            if count:
                self.tallies.append(MonthTally(self.month, count, count))
            void = not there or self.touched or self._protected()
            self.story += "v" if void else "w" if count >= HEAVY else "q"
            self.touched = False
            self.index += 1
        return stages

    def confirm(self, by: str) -> None:
        """Confirm what is due. Raises `RefusedError`, and where nothing is."""
        step = STEPS.get(self.stage)
        if step is None:
            raise RefusedError("nothing is due")
        over = months(self.caller, ZONE, self.now)
        self.change(confirmation(self.record, step, "telephone", self.month, over), by)
        self.story += "W" if step is Stage.WARNED else "N"

    def interrupted(self, how: str, *contacts: int) -> None:
        """Months that something interrupts, from before the first to after the last."""
        if how == "grant":
            self.change(GiveGrant("golden-beam"))
        if how == "case":
            self.change(OpenCase("K7", None, complex=False))
        self.months(*contacts, there=how != "outage")
        if how == "grant":
            self.change(RevokeGrant())
        if how == "case":
            self.change(CloseCase())
        if how != "outage":
            self.touched = True
            self.months(0)

    def happens(self, happening: str) -> None:
        """Anything, whether or not it makes sense; what is refused changes nothing."""
        kind, _, by = happening.partition(" ")
        with suppress(RefusedError):
            self._happens(kind, by)

    def _happens(self, kind: str, by: str) -> None:
        changes: dict[str, Change] = {
            "appeal": FileAppeal(),
            "uphold": DecideAppeal(upheld=True, month=self.month),
            "reject": DecideAppeal(upheld=False, month=self.month),
            "clear": ClearProcess(self.month),
            "share": SetShared(True),
            "unshare": SetShared(False),
            "release": Release(),
        }
        if kind in ("heavy", "quiet"):
            self.months(*[HEAVY if kind == "heavy" else 0] * int(by or 1))
        elif kind == "confirm":
            self.confirm(by)
        elif kind in changes:
            self.change(changes[kind])
            self._told(kind)
        else:
            self.interrupted(kind, HEAVY)

    def _told(self, kind: str) -> None:
        self.touched |= kind in ("appeal", "uphold", "reject")
        if kind in ("uphold", "clear", "release"):
            self.story += "C"

    def _protected(self) -> bool:
        record = self.record
        return bool(record.grants or record.cases or record.process.appeal is not None)

    def earned(self) -> bool:
        """Whether the story tells the whole way to the last stage, and nothing that ended it.

        The month of a step is the one that follows it in the story, and does not count.
        """
        since = self.story.rsplit("C", 1)[-1]
        warned, noticed = since.rfind("W"), since.rfind("N")
        if not 0 <= warned < noticed:
            return False
        first = _counted(since[:warned].split("N")[-1].split("W")[-1])
        second = _counted(since[warned + 2 : noticed])
        after = _counted(since[noticed + 2 :])
        return first.endswith("www") and second.endswith("ww") and "qq" not in second + "|" + after


def _counted(story: str) -> str:
    return story.replace("v", "")
