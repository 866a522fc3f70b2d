"""Commands for people; all of them call production code."""
