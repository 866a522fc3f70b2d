"""The colours and fonts of the picture: by day, by night, and on paper."""

from __future__ import annotations

from typing import Final

_SANS: Final = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"
_MONO: Final = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"

_SHAPES: Final = f"""
text {{ font-family: {_SANS}; font-size: 12px; }}
.headline {{ font-size: 20px; font-weight: 600; }}
.heading {{ font-size: 14px; font-weight: 600; }}
.name, .number {{ font-size: 13px; font-weight: 600; }}
.small {{ font-size: 11px; }}
.mono {{ font-family: {_MONO}; font-size: 11.5px; white-space: pre; }}
.edge {{ fill: none; stroke-width: 1.4; }}
.refusal {{ stroke-width: 1; }}
.box {{ stroke-width: 1.2; }}
"""

#: Background, panel, its border, box, text, muted text, edges.
_DAY: Final = ("#ffffff", "#f4f6f8", "#d8dee4", "#ffffff", "#1f2328", "#57606a", "#6e7781")
_NIGHT: Final = ("#0d1117", "#151b23", "#30363d", "#0d1117", "#e6edf3", "#9da7b3", "#8b949e")

#: Border and strip of each kind of box.
_DAY_KINDS: Final = {
    "entrypoint": ("#0969da", "#ddf4ff"),
    "menu": ("#8250df", "#fbefff"),
    "tier": ("#9a6700", "#fff3c4"),
    "route": ("#57606a", "#e7ebef"),
    "group": ("#57606a", "#e7ebef"),
    "queue": ("#1a7f37", "#dafbe1"),
    "dial": ("#0969da", "#ddf4ff"),
    "announce": ("#3b7c87", "#def5f8"),
    "hangup": ("#6e7781", "#eaeef2"),
    "paid": ("#cf222e", "#ffebe9"),
    "several": ("#57606a", "#e7ebef"),
}
_NIGHT_KINDS: Final = {
    "entrypoint": ("#4493f8", "#0c2d6b"),
    "menu": ("#ab7df8", "#3c1e70"),
    "tier": ("#d29922", "#4b2f00"),
    "route": ("#7d8590", "#262c36"),
    "group": ("#7d8590", "#262c36"),
    "queue": ("#3fb950", "#033a16"),
    "dial": ("#4493f8", "#0c2d6b"),
    "announce": ("#56b6c2", "#0d3a42"),
    "hangup": ("#8b949e", "#262c36"),
    "paid": ("#f85149", "#67060c"),
    "several": ("#7d8590", "#262c36"),
}


def _colours(sheet: tuple[str, ...], kinds: dict[str, tuple[str, str]]) -> str:
    ground, panel, border, box, ink, muted, edge = sheet
    rules = [
        f".ground {{ fill: {ground}; }}",
        f".panel {{ fill: {panel}; stroke: {border}; }}",
        f".box {{ fill: {box}; }}",
        f"text {{ fill: {ink}; }}",
        f".muted {{ fill: {muted}; }}",
        f".edge {{ stroke: {edge}; }}",
        f".head {{ fill: {edge}; }}",
    ]
    for kind, (line, strip) in kinds.items():
        rules.append(f".{kind} .box {{ stroke: {line}; }}")
        rules.append(f".{kind} .strip {{ fill: {strip}; }}")
        rules.append(f".{kind} .bar {{ fill: {line}; }}")
    return "\n".join(rules)


#: No variables: some programs that show or print SVG know none.
CSS: Final = f"""{_SHAPES}{_colours(_DAY, _DAY_KINDS)}
@page {{ margin: 8mm; }}
@media print {{ svg {{ width: 100%; height: 98vh; }} }}
@media screen and (prefers-color-scheme: dark) {{
{_colours(_NIGHT, _NIGHT_KINDS)}
}}
"""
