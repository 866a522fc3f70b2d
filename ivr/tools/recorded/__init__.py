"""Recorded calls, wherever they come from: Asterisk's logs, or a table that a mapping explains."""
