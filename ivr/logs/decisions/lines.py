"""A decision as one line of a segment, and back.

The path is most of it, and much of it is alike: it is packed (zlib, base64), to a fourth and less.
What people look for (who, when, which route) stands in clear, so that a line can be passed over
without being unpacked.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from typing import TYPE_CHECKING, Any, Final

from ivr.logs.decisions.form import VERSION
from ivr.logs.masking import NUMBER_KEYS, mask_line, mask_within, may_hold

if TYPE_CHECKING:
    from ivr.logs.decisions.form import Form

#: The key under which the path is packed.
PACKED: Final = "path_packed"
#: Fast: more would take twice the time for a tenth of the size.
LEVEL: Final = 1


def line_of(form: Form, *, mask: bool, key: bytes = b"") -> bytes:
    """A decision as one line, ASCII only: nothing in it can begin a line.

    `mask` masks the caller's number (and a forwarder's) wherever it stands; with `key` by aliases.
    """
    head = {key: value for key, value in form.items() if key != "path"}
    path = dumped(form["path"])
    if mask:
        numbers = [str(head[key]) for key in NUMBER_KEYS & head.keys()]
        if may_hold(path, numbers):  # hardly ever, and a path is long
            path = dumped(mask_within(form["path"], numbers, key))
        mask_line(head, key)
    packed = base64.b64encode(zlib.compress(path.encode("ascii"), LEVEL)).decode("ascii")
    return dumped({**head, PACKED: packed}).encode("ascii") + b"\n"


def head_of(line: bytes) -> Form | None:
    """What stands in clear; None for what is no whole line, or of a later form than is known."""
    try:
        form: Any = json.loads(line) if line.endswith(b"\n") else None
        if form["version"] != VERSION or not isinstance(form[PACKED], str):
            return None
        form["at"] = float(form["at"])
        if not math.isfinite(form["at"]):
            return None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    else:
        found: Form = form
        return found


def unpacked(head: Form) -> Form:
    """The whole decision; one whose path is damaged has none."""
    form = {key: value for key, value in head.items() if key != PACKED}
    try:
        form["path"] = json.loads(zlib.decompress(base64.b64decode(head[PACKED])))
    except (ValueError, zlib.error, RecursionError):
        form["path"] = []
    return form


def dumped(value: object) -> str:
    """JSON, as short as it can be, ASCII only."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
