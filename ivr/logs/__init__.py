"""What the engine writes to standard error: one JSON object a line, callers' numbers masked.

docs/operating.md tells what each line means. Keeping and rotating is the journal's work.
"""

from ivr.logs.behind import Behind
from ivr.logs.decision import decision_line, forget_words
from ivr.logs.foreign import route_everything
from ivr.logs.masking import masked
from ivr.logs.pipeline import LogOptions, make_logger
from ivr.logs.throttle import Throttle

__all__ = [
    "Behind",
    "LogOptions",
    "Throttle",
    "decision_line",
    "forget_words",
    "make_logger",
    "masked",
    "route_everything",
]
