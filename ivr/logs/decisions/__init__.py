"""Decisions that are kept: each as one line of JSON, for a time, within a bound on disk.

docs/explain.md tells how they are read, docs/operating.md the settings.
"""

from ivr.logs.decisions.form import VERSION, Form, as_json

__all__ = ["VERSION", "Form", "as_json"]
