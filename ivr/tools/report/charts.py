"""Bars by pygal, without its scripts, its style and whatever else could reach out of the page.

Only the tags and attributes that draw are taken over; colours come from the page's own style, so
that they change with light, darkness and paper. A bar that is pointed at tells what it is.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pygal
from markupsafe import Markup, escape

from ivr.tools.report.texts import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from ivr.tools.report.blocks import Side

    Written = Callable[[float], str]

# pygal puts a finder for its maps among those of the whole process, one of a kind that Python warns
# of: no map is drawn here.
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "pygal"]

#: Units of the picture: two stand side by side on a wide screen, one fills a telephone's.
WIDTH: Final = 520
WIDE: Final = 1060
_TAGS: Final = frozenset({"g", "rect", "path", "text"})
_ATTRIBUTES: Final = ("class", "x", "y", "width", "height", "d", "transform")
_LONG_NUMBER: Final = re.compile(r"\d+\.\d\d+")
_LABEL: Final = 24  # characters below or beside bars
_WIDE_LABEL: Final = 56

_STEPS: Final = (1, 2, 5)
_TIMES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one colour; None is no bar."""

    side: Side
    values: Sequence[float | None]


def across(
    labels: Sequence[str],
    series: Sequence[Series],
    written: Written,
    *,
    times: bool = False,
    wide: bool = False,
) -> Markup:
    """Bars from left to right, the first label at the top; each with its value at its end."""
    width, label = (WIDE, _WIDE_LABEL) if wide else (WIDTH, _LABEL)
    height = 34 + len(labels) * (10 + 15 * len(series))
    told = [written(value) for one in series for value in one.values if value is not None]
    chart = _chart(
        pygal.HorizontalBar, height, _steps(series, times=times, most=4), written, width=width,
        print_values=True, print_values_position="top",
        margin_right=14 + 8 * max(map(len, told), default=0),
    )  # fmt: skip
    chart.x_labels = [cut(each, label) for each in reversed(labels)]
    for one in series:
        chart.add(one.side.mark, list(reversed(one.values)))
    return _drawn(chart, series, width, height)


def upright(
    labels: Sequence[str],
    series: Sequence[Series],
    written: Written,
    *,
    every: int = 1,
    times: bool = False,
    wide: bool = False,
) -> Markup:
    """Bars side by side, as time goes; every so many has its label below."""
    width = WIDE if wide else WIDTH
    chart = _chart(
        pygal.Bar, 230, _steps(series, times=times, most=5), written, width=width,
        show_minor_x_labels=every == 1, x_labels_major_every=every if every > 1 else None,
        margin_right=8,
    )  # fmt: skip
    chart.x_labels = [cut(label, _LABEL) for label in labels]
    for one in series:
        chart.add(one.side.mark, list(one.values))
    return _drawn(chart, series, width, 230)


def _chart(kind: Any, height: int, steps: Sequence[float], written: Written, **more: Any) -> Any:
    given: dict[str, Any] = {"width": WIDTH, "margin": 4, **more}
    style = pygal.style.Style(label_font_size=12, major_label_font_size=12, value_font_size=12)
    return kind(
        height=height, style=style, js=(), css=(), show_legend=False, truncate_label=-1,
        y_labels=list(steps), value_formatter=written, range=(0, steps[-1]), **given,
    )  # fmt: skip


def _steps(series: Sequence[Series], *, times: bool, most: int) -> list[float]:
    """Where the axis has its lines: round numbers, round times."""
    values = [value for one in series for value in one.values if value is not None]
    top = max(values, default=0) or 1.0
    step = next(each for each in _candidates(times=times) if top / each <= most)
    count = int(-(-top // step)) or 1
    return [step * at for at in range(count + 1)]


def _candidates(*, times: bool) -> Iterator[float]:
    if times:
        yield from _TIMES
    power = 1e-4
    while True:
        yield from (step * power for step in _STEPS)
        power *= 10


def _drawn(chart: Any, series: Sequence[Series], width: int, height: int) -> Markup:
    root = chart.render_tree()
    places = {str(at): one.side.place for at, one in enumerate(series)}
    inner = "".join(_element(child, places) for child in root)
    return Markup(  # noqa: S704 - made of escaped texts and of tags from the list above
        f'<svg viewBox="0 0 {width} {height}" role="img" focusable="false">{inner}</svg>'
    )


def _element(element: Element, places: dict[str, int]) -> str:
    tag, kinds = element.tag, element.get("class", "").split()
    if tag not in _TAGS or not _EMPTY.isdisjoint(kinds):
        return ""
    inner = "".join(_element(child, places) for child in element)
    if tag == "g" and not inner:
        return ""
    title = f"<title>{escape(_told(element))}</title>" if "bar" in kinds else ""
    text = escape(element.text or "") if tag == "text" else ""
    return f"<{tag}{_attributes(element, places)}>{title}{text}{inner}</{tag}>"


#: Boxes for scripts to fill, grounds that the page itself has.
_EMPTY: Final = frozenset({"tooltip-overlay", "background", "titles"})


def _attributes(element: Element, places: dict[str, int]) -> str:
    found = []
    for name in _ATTRIBUTES:
        value = element.get(name)
        if value:
            shown = _classes(value, places) if name == "class" else _short(value)
            found.append(f' {name}="{escape(shown)}"')
    return "".join(found)


def _classes(value: str, places: dict[str, int]) -> str:
    """Series are called by their colour."""
    kinds = [kind for kind in value.split() if kind in _KEPT]
    serie = re.search(r"\bserie-(\d+)", value)
    return " ".join([*kinds, f"s{places[serie[1]]}"] if serie else kinds)


_KEPT: Final = frozenset(
    {"horizontal", "vertical", "axis", "x", "y", "guide", "line", "value", "major"}
)


def _short(value: str) -> str:
    return _LONG_NUMBER.sub(lambda match: f"{float(match[0]):.1f}", value)


def _told(bar: Element) -> str:
    said = {each.get("class"): each.text or "" for each in bar.iter() if each.tag == "desc"}
    return f"{said.get('x_label', '')}: {said.get('value', '')}"
