"""`ivr nuisance simulate`: the nuisance process over recorded calls."""
