"""An engine that works for long: it keeps every promise, and takes no more and no more."""
