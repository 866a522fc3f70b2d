"""`ivr replay`: recorded calls through a policy, with the calls' own clock."""
