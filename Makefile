# Two commands: `make run` and `make test`. Only make and Python 3.11, 3.12 or 3.13 are needed.
# SCENARIO=name and ARGS="--seed 7" reach `neurogen run`; PYTHON=/path/to/python chooses an interpreter.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
SCENARIO ?= mouse_wheel_running
ARGS ?=
JOBS ?= 2

# The first interpreter that starts and has a supported version (a pyenv shim may exist and not start).
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)

.PHONY: run test lint types contracts unit nightly clean help

run: $(VENV)/.installed
	@$(BIN)/neurogen run $(SCENARIO) --force $(ARGS)

test: lint types contracts unit

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .

types: $(VENV)/.installed-test
	$(BIN)/mypy

contracts: $(VENV)/.installed-test
	$(BIN)/lint-imports

unit: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -n $(JOBS) --durations 10

nightly: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -n $(JOBS) --durations 25 -m "slow or not slow"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11, 3.12 or 3.13 found; install one or say PYTHON=/path/to/python" >&2; exit 3; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "make: $(PYTHON) cannot make an environment; on Debian and Ubuntu install python3-venv" >&2; exit 3; }

# The stamps make a second call quick: pip runs again only when the dependencies change.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), with what the tests need (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

help:
	@echo "make run       install, simulate SCENARIO=$(SCENARIO), print the summary and the path of the report"
	@echo "make test      install, lint, types, layers, tests"
	@echo "make nightly   every test, slow ones too"
	@echo "make clean     remove the environment and caches"
