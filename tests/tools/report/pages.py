"""Figures to make pages of, and a page read as a browser would."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from click.testing import CliRunner

from ivr.cli import main
from ivr.tools.replay.replay import Assumed
from ivr.tools.report.page import page
from tests.tools.replay.logs import PROCESS, policy, replayed
from tests.tools.replay.test_replay import a_year
from tests.tools.simulate.test_command import MAPPING, STAFFING
from tests.tools.simulate.worlds import MAIN, POLICY, TEN

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Elements that have no end.
VOID: Final = {"meta", "br", "hr", "img", "link", "input"}
OTHER_PLACE: Final = ("topic: fault}, queue: faults", "topic: fault}, queue: main")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        whole = (each if isinstance(each, str) else each.text for each in self.children)
        return " ".join("".join(whole).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]
        self.declared = ""

    def handle_decl(self, decl: str) -> None:
        self.declared = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}> at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(text: str) -> Element:
    """The page; every element is closed where it should be."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.declared.lower() == "doctype html"
    assert [each.tag for each in reader.open] == [""]
    return reader.open[0]


def rows(root: Element) -> list[list[str]]:
    """The cells of every row of every table, the name of the row above for those that have none."""
    found = []
    for table in root.all("table"):
        name = ""
        for row in table.all("tr"):
            cells = [each.text for each in row.all("th", "td")]
            if any(
                each.tag == "th" and "row" in each.attributes["scope"] for each in row.all("th")
            ):
                name = cells[0]
            else:
                cells.insert(0, name)
            found.append(cells)
    return found


def as_json(form: dict[str, Any]) -> dict[str, Any]:
    """As it is read from a file."""
    found: dict[str, Any] = json.loads(json.dumps(form))
    return found


@cache
def _replay() -> str:
    other = policy(OTHER_PLACE, ("head_start: 20m", "head_start: 10m"), more=PROCESS)
    form = replayed(a_year(), policy(), other, assumed=Assumed(marked=True), mask=True)
    return json.dumps(form)


def replay_figures() -> dict[str, Any]:
    """A half year through two policies, one of which has a nuisance process."""
    found: dict[str, Any] = json.loads(_replay())
    return found


@cache
def _simulation() -> str:
    with TemporaryDirectory() as name:
        place = Path(name)
        (place / "policy.yaml").write_text(POLICY + MAIN)
        (place / "mapping.yaml").write_text(MAPPING)
        (place / "staffing.yaml").write_text(STAFFING)
        calls = ["at,who,end,hold,talk,agent,queue,gold"]
        calls += [
            f"{TEN + 60 * n:.0f},+97252000000{n},A,{40 * n},100,Ann,main,{n % 2}" for n in range(9)
        ]
        calls.append(f"{TEN + 70:.0f},+972520000008,H,30,0,-,main,0")
        (place / "calls.csv").write_text("\n".join(calls) + "\n")
        found = CliRunner().invoke(
            main,
            ["simulate", str(place / "calls.csv"), "--policy", str(place / "policy.yaml"),
             "--mapping", str(place / "mapping.yaml"), "--runs", "2", "--json", "-",
             "--staffing", str(place / "staffing.yaml"), "--agents", "general=2"],
        )  # fmt: skip
    assert found.exit_code == 0, found.output
    return found.stdout


def simulation_figures() -> dict[str, Any]:
    """Ten callers, one agent; what if there were two."""
    found: dict[str, Any] = json.loads(_simulation())
    return found


def shown(form: dict[str, Any]) -> Element:
    """The page of these figures, read."""
    return read(page(form))
