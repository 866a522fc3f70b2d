"""`ivr test`: tests of a policy as YAML beside it, run by the code that serves real callers."""
