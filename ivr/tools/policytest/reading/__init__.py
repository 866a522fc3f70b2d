"""From the text of a test file to a `Suite`, or to every mistake in it at once."""
