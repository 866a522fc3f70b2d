"""Decisions that are kept: each as one line of JSON, for a time, within a bound on disk.

docs/explain.md tells how they are read, docs/operating.md the settings.
"""

from ivr.logs.decisions.form import VERSION, Form, as_json
from ivr.logs.decisions.keeping import Kept, Loss
from ivr.logs.decisions.segments import Bounds, Segments

__all__ = ["VERSION", "Bounds", "Form", "Kept", "Loss", "Segments", "as_json"]
