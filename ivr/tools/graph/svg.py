"""A sheet as SVG: one file without scripts, fonts or anything from elsewhere; its text is text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from ivr.tools.graph.metrics import plain
from ivr.tools.graph.scene import Kind
from ivr.tools.graph.style import CSS

if TYPE_CHECKING:
    from ivr.tools.graph.scene import Box, Edge, Scene, Text

_SPACE: Final = "http://www.w3.org/2000/svg"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ROUND: Final = "6"
#: The narrow mark at the left of a box that has no strip.
_BAR: Final = 4.0
_BORDER: Final = 0.6
#: How far the lower sheet of a pile shows.
_PILE: Final = 4.0


def svg(scene: Scene) -> bytes:
    """The file, UTF-8. The same sheet gives the same bytes."""
    size = {"width": _number(scene.width), "height": _number(scene.height)}
    root = ET.Element(
        "svg",
        {
            "xmlns": _SPACE, **size, "viewBox": f"0 0 {size['width']} {size['height']}",
            "role": "img", "aria-labelledby": "title desc", "lang": "en",
        },
    )  # fmt: skip
    ET.SubElement(root, "title", {"id": "title"}).text = plain(scene.title)
    ET.SubElement(root, "desc", {"id": "desc"}).text = plain(scene.described)
    ET.SubElement(root, "style").text = CSS
    _arrow_head(root)
    ET.SubElement(root, "rect", {"class": "ground", **size})
    for panel in scene.panels:
        _panel(root, panel)
    for edge in scene.edges:
        _edge(root, edge)
    for box in scene.boxes:
        _box(root, box)
    for each in scene.texts:
        _text(root, each)
    ET.indent(root)
    written: str = ET.tostring(root, encoding="unicode")
    return f"{_DECLARATION}{written}\n".encode()


def _arrow_head(root: ET.Element) -> None:
    marker = ET.SubElement(
        ET.SubElement(root, "defs"),
        "marker",
        {
            "id": "head", "viewBox": "0 0 8 8", "refX": "8", "refY": "4",
            "markerWidth": "8", "markerHeight": "8", "markerUnits": "userSpaceOnUse",
            "orient": "auto",
        },
    )  # fmt: skip
    ET.SubElement(marker, "path", {"class": "head", "d": "M0 0L8 4L0 8Z"})


def _panel(root: ET.Element, panel: Box) -> None:
    group = ET.SubElement(root, "g")
    _rectangle(group, panel, "panel")
    for each in panel.texts:
        _text(group, each)


def _box(root: ET.Element, box: Box) -> None:
    group = ET.SubElement(root, "g", {"class": box.kind.value})
    if box.title:
        lines = map(plain, box.title.split("\n"))
        ET.SubElement(group, "title").text = "\n".join(lines)
    if box.kind in (Kind.GROUP, Kind.SEVERAL):
        _rectangle(group, box, "box", _PILE)
    _rectangle(group, box, "box")
    _mark(group, box)
    for each in box.texts:
        _text(group, each)


def _mark(group: ET.Element, box: Box) -> None:
    """The left end of a box, in the colour of its kind; inside of the border's round corners."""
    right = _number(box.x + (box.strip or _BAR))
    left, top, bottom = box.x + _BORDER, box.y + _BORDER, box.bottom - _BORDER
    path = (
        f"M{right} {_number(top)}H{_number(left + 6)}Q{_number(left)} {_number(top)} "
        f"{_number(left)} {_number(top + 6)}V{_number(bottom - 6)}Q{_number(left)} "
        f"{_number(bottom)} {_number(left + 6)} {_number(bottom)}H{right}Z"
    )
    ET.SubElement(group, "path", {"class": "strip" if box.strip else "bar", "d": path})


def _rectangle(group: ET.Element, box: Box, css: str, by: float = 0.0) -> None:
    places = {"x": box.x + by, "y": box.y + by, "width": box.width, "height": box.height}
    numbers = {name: _number(value) for name, value in places.items()}
    ET.SubElement(group, "rect", {"class": css, **numbers, "rx": _ROUND})


def _text(group: ET.Element, text: Text) -> None:
    css = f"{text.style.css} muted" if text.is_muted else text.style.css
    attributes = {"class": css, "x": _number(text.x), "y": _number(text.y)}
    if text.is_rtl:
        attributes |= {"direction": "rtl", "unicode-bidi": "embed"}
    if text.shown != text.whole:
        group = ET.SubElement(group, "g")
        ET.SubElement(group, "title").text = text.whole
    ET.SubElement(group, "text", attributes).text = text.shown


def _edge(root: ET.Element, edge: Edge) -> None:
    points = [f"{_number(x)} {_number(y)}" for x, y in edge.points]
    css = "edge refusal" if edge.is_refusal else "edge"
    line = {"class": css, "d": f"M{'L'.join(points)}", "marker-end": "url(#head)"}
    ET.SubElement(root, "path", line)
    if edge.label is not None:
        _text(root, edge.label)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.1f}".removesuffix(".0")
