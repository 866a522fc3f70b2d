"""The policy's format as JSON Schema (draft 7), for editors: what `ivr schema` prints.

It describes one file, since a policy may be spread over several, and it says no more than a file
can show by itself: whether a name is declared, a route can be reached or a date exists is for
`ivr check`. tests/policy/test_schema.py holds it equal to what the loader accepts.
"""
