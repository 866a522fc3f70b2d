"""The use cases, and the interfaces that they need."""
