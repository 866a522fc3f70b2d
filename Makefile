# Two commands: `make run` starts the engine with sample callers, `make test` runs all tests.
.PHONY: run test lint audit soak fuzz mutants bench bench-all clean help

help:
	@echo "make run    start the engine here, with sample callers (Ctrl-C stops it)"
	@echo "make test   run all tests, the live ones with a real Asterisk included"
	@echo "make lint   types, style, the import rules, and audits"
	@echo "make audit  ask whether anything that is installed has a known vulnerability"
	@echo "make soak   call an engine for an hour, a hundred times a second (SOAK_SECONDS=3600)"
	@echo "make fuzz   fuzz what strangers and damaged stores can send (FUZZ_SECONDS=60 for each)"
	@echo "make mutants  alter the charge guard and the process; list what the tests do not notice"
	@echo "make bench  measure calls beside servers that decide nothing (ten minutes; BENCH=--quick: one)"
	@echo "make bench-all  the same, then growth, engines on one Redis, and reloads (half an hour more)"
	@echo "make clean  remove the virtual environment and the sample data"

run:
	@deploy/setup.sh
	@exec .venv/bin/ivr demo

test: lint
	@.venv/bin/python -m tests.live.install
	.venv/bin/pytest -n 2 --ignore tests/live --ignore tests/soak
	.venv/bin/pytest tests/live
	.venv/bin/pytest -n 2 --dist loadfile tests/soak

lint:
	@deploy/setup.sh test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/bandit -q -c pyproject.toml -r ivr
	.venv/bin/python -m tests.audit --where-it-can

audit:
	@deploy/setup.sh test
	.venv/bin/python -m tests.audit

SOAK_SECONDS ?= 3600
soak:
	@deploy/setup.sh test
	SOAK_SECONDS=$(SOAK_SECONDS) SOAK_FOLDER=var/soak .venv/bin/pytest -s tests/soak/test_soak.py

FUZZ_SECONDS ?= 60
fuzz:
	@deploy/setup.sh fuzz
	@for target in agi policy documents replies; do \
	    .venv/bin/python -m tests.fuzz.fuzz $$target var/fuzz -timeout=25 \
	        -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done
	@! ls var/fuzz/*/found/* 2>/dev/null || { echo "fuzz: these inputs broke a rule"; exit 1; }

mutants:
	@deploy/setup.sh test
	@deploy/setup.sh mutation
	.venv/bin/mutmut run
	.venv/bin/mutmut results

BENCH ?=
bench:
	@deploy/setup.sh bench
	.venv/bin/python bench/sessions.py $(BENCH)

bench-all: bench
	.venv/bin/python bench/growth.py
	.venv/bin/python bench/engines.py
	.venv/bin/python bench/reload.py

clean:
	rm -rf .venv var mutants
