# Two commands: `make run` starts the engine with sample callers, `make test` runs all tests.
.PHONY: run test lint fuzz mutants clean help

help:
	@echo "make run    start the engine here, with sample callers (Ctrl-C stops it)"
	@echo "make test   run all tests, the live ones with a real Asterisk included"
	@echo "make lint   types, style, and the import rules"
	@echo "make fuzz   fuzz the FastAGI codec (FUZZ_SECONDS=60)"
	@echo "make mutants  alter the charge guard and the process; list what the tests do not notice"
	@echo "make clean  remove the virtual environment and the sample data"

run:
	@deploy/setup.sh
	@exec .venv/bin/ivr demo

test: lint
	@.venv/bin/python -m tests.live.install
	.venv/bin/pytest -n 2 --ignore tests/live
	.venv/bin/pytest tests/live

lint:
	@deploy/setup.sh test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

FUZZ_SECONDS ?= 60
fuzz:
	@deploy/setup.sh fuzz
	.venv/bin/python -m tests.fuzz.fuzz_agi -max_total_time=$(FUZZ_SECONDS)

mutants:
	@deploy/setup.sh test
	@deploy/setup.sh mutation
	.venv/bin/mutmut run
	.venv/bin/mutmut results

clean:
	rm -rf .venv var mutants
