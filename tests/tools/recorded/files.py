"""Files of calls, written and read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ivr.tools.recorded.recording import Recording, open_calls

if TYPE_CHECKING:
    from ivr.tools.recorded.calls import RecordedCall

ZONE = ZoneInfo("Asia/Jerusalem")
SAMPLES = Path(__file__).parent / "data"

MAPPING = """
caller: {column: who, is: number, unless: {who: ["0"]}}
started: {columns: [day, time], format: "%Y-%m-%d %H:%M:%S"}
outcome: {column: how, answered: ["yes"], abandoned: [gone], broken: [lost]}
leave_out: {how: [test]}
vip: {class: [gold]}
dialled: to
queue: queue
agent: {column: agent, unless: {agent: [NOBODY]}}
hold: {column: hold, unless: {queue: [""]}}
talk: talk
topic: {column: about, values: {PS: general}}
"""
HEAD = "who,day,time,how,class,to,queue,agent,hold,talk,about\n"


@dataclass
class Read:
    """What a file came to."""

    recording: Recording
    calls: list[RecordedCall]
    told: list[str] = field(default_factory=list)


def read_file(path: Path, **given: Any) -> Read:
    told: list[str] = []
    recording = open_calls(
        path, zone=ZONE, region="IL", skip=lambda n, why: told.append(f"{n}: {why}"), **given
    )
    return Read(recording, list(recording), told)


def read(text: str | bytes, mapping: str | None = None, **given: Any) -> Read:
    """Read a file of this content."""
    with TemporaryDirectory() as folder:
        path, explained = Path(folder) / "calls", Path(folder) / "mapping.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if mapping is not None:
            explained.write_text(mapping)
            given["mapping"] = explained
        return read_file(path, **given)


def table(rows: str, mapping: str = MAPPING) -> Read:
    """Read a table of these rows."""
    return read(HEAD + rows, mapping)
