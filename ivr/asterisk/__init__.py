"""Speaks to Asterisk: sans-I/O codecs and their Twisted ends."""
