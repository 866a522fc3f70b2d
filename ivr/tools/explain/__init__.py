"""`ivr explain`: why a call went where it went, as a tree and as JSON."""
