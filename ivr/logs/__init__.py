"""What the engine writes to standard error: one JSON object a line, callers' numbers masked.

docs/operating.md tells what each line means. Keeping and rotating is the journal's work.
"""

from ivr.logs.decision import decision_line
from ivr.logs.foreign import route_everything
from ivr.logs.masking import masked
from ivr.logs.pipeline import LogOptions, make_logger
from ivr.logs.throttle import Throttle

__all__ = [
    "LogOptions",
    "Throttle",
    "decision_line",
    "make_logger",
    "masked",
    "route_everything",
]
