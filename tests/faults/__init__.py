"""Faults, one after the other, done to an engine that really runs: docs/faults.md names each."""
