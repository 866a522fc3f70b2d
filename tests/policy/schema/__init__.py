"""That the schema accepts what the loader accepts, as far as one file can show it."""
