# Every command of daily work. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON_IN_VENV := .venv/bin/python
# The system ends with `make`, whatever ends it, even kill -9 (where the system can promise that).
TIE := $(shell command -v setpriv >/dev/null 2>&1 && echo "setpriv --pdeathsig TERM")
TESTS ?= tests
PYTEST_OPTIONS ?=
BENCH_OPTIONS ?=

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: ## make the virtual environment with what running needs
	@deploy/install requirements.lock

.PHONY: install-dev
install-dev: ## make the virtual environment with what testing needs
	@deploy/install requirements-dev.lock

.PHONY: run
run: install ## start everything: embedded database, demo city, web, worker
	@$(TIE) $(PYTHON_IN_VENV) -m deploy serve

.PHONY: test
test: install-dev ## run every test, browser included (TESTS=tests/domain for some)
	@$(PYTHON_IN_VENV) -m pytest -n auto -q -rsfE $(PYTEST_OPTIONS) $(TESTS)

.PHONY: nightly
nightly: install-dev ## run what takes many minutes: twenty thousand documents, compiled and not
	@$(PYTHON_IN_VENV) -m pytest -n auto -q -rsfEP -m nightly $(PYTEST_OPTIONS) $(TESTS)

.PHONY: check
check: check-lint check-types check-contracts check-house ## lint, format, types, import contracts, sizes, migration drift, fresh SDL and documents

.PHONY: check-lint
check-lint: install-dev
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m ruff format --check .

.PHONY: check-types
check-types: install-dev
	@$(PYTHON_IN_VENV) -m mypy

.PHONY: check-contracts
check-contracts: install-dev
	@.venv/bin/lint-imports

.PHONY: check-house
check-house: install-dev
	@$(PYTHON_IN_VENV) -m pytest -q -m house tests

.PHONY: format
format: install-dev ## put the code into its form
	@$(PYTHON_IN_VENV) -m ruff format .
	@$(PYTHON_IN_VENV) -m ruff check --fix .

.PHONY: docs
docs: install-dev ## write the reference of the command line and of the settings
	@$(PYTHON_IN_VENV) -m deploy reference

.PHONY: bench
bench: install-dev ## measure: import, search, lists, pages, start-up, reads over HTTP beside peers (BENCH_OPTIONS=reads for one part)
	@$(PYTHON_IN_VENV) -m tests.bench $(BENCH_OPTIONS)
	@$(PYTHON_IN_VENV) -m pytest -q -s -m bench -p no:xdist -o timeout=0 tests/bench

.PHONY: demo-reset
demo-reset: install ## forget the embedded data; the next `make run` makes the demo city afresh
	@$(PYTHON_IN_VENV) -m deploy demo-reset --yes

.PHONY: lock
lock: ## compile both lock files from pyproject.toml, with hashes and without host names
	@deploy/lock
