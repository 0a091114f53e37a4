# Two commands: `make run` and `make test`. Only make and Python 3.11, 3.12 or 3.13 are needed.
# SCENARIO=name and ARGS="--seed 7" reach `neurogen run`; PYTHON=/path/to/python chooses an interpreter.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
SCENARIO ?= mouse_wheel_running
ARGS ?=
JOBS ?= 2
# Tests start many processes, and each would compile all it imports anew where the environment asks Python to keep no
# bytecode. Work is stolen from the slower half, so that what tests of a file share is made once.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal

# The first interpreter that starts and has a supported version (a pyenv shim may exist and not start).
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)

.PHONY: run test pages docs dist lock lowest lint types contracts unit nightly boundscheck mutation report-card bench chromium matrix matrix-mesa3.3 matrix-mesa3.5 crate clean help

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
	$(PYTEST) --durations 10

nightly: $(VENV)/.installed-test
	$(PYTEST) --durations 25 -m "slow or not slow"
	@$(MAKE) --no-print-directory boundscheck
	@$(MAKE) --no-print-directory mutation

# Plants bugs in a copy of the checkout, one after the other; fails where the tests catch fewer than 95 %. A quarter of an
# hour, or two on a busy machine; ARGS="--area statistics" for some of them.
mutation: $(VENV)/.installed-test
	$(BIN)/python -m tests.mutation $(ARGS)

# numba looks at no index by itself: one beyond the end of an array reads or writes something else, without a word. Here it
# looks at every one, in kernels of their own, under the tests that drive them all.
BOUNDS := tests/engine tests/reference tests/test_invariants.py tests/test_state.py tests/test_spans.py
boundscheck: $(VENV)/.installed-test
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(CURDIR)/build/boundscheck $(PYTEST) $(BOUNDS)

# Ten minutes on a quiet machine; ARGS="--only kernel" or ARGS=--small for less.
bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks $(ARGS)

# The browser that the tests of the live page and of the report drive; without it they are skipped, and say so.
chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then \
	  echo "Chromium is there"; \
	elif ! command -v apt-get >/dev/null; then \
	  echo "make: this machine has no apt-get; install Chromium by hand and put it on the PATH" >&2; exit 3; \
	elif [ "$$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then \
	  echo "make: installing Chromium needs root: apt-get install chromium" >&2; exit 3; \
	else \
	  as_root=$$([ "$$(id -u)" = 0 ] || echo sudo -n); \
	  { $$as_root apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq install -y --no-install-recommends chromium; } >/dev/null \
	    || { echo "make: Chromium could not be installed" >&2; exit 3; }; \
	fi

# Every shipped study under every pathway: ten minutes on two cores; CARD="--pairs 4" makes it quicker. Goes on where it stopped.
CARD ?=
report-card: $(VENV)/.installed
	@$(BIN)/neurogen study all --out runs/report-card $(CARD)
	@$(BIN)/neurogen study all --pathway all --pairs 4 --out runs/pathways-report-card
	@cp runs/report-card/score_card.md docs/evidence_report_card.md
	@cp runs/pathways-report-card/score_card.md docs/pathways_report_card.md
	@echo "Written docs/evidence_report_card.md and docs/pathways_report_card.md"

# The pages of docs that are made from the code; a test finds a stale one.
pages: $(VENV)/.installed
	@$(BIN)/neurogen describe --odd > docs/odd.md
	@$(BIN)/neurogen describe --equations > docs/equations.md
	@$(BIN)/neurogen describe --parameters > docs/parameters.md

# The site, from the pages and the notebooks as they are kept: nothing is run or fetched, and a warning is an error.
docs: $(VENV)/.installed-docs
	@rm -rf build/site
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -c docs/site -b html . build/site
	@echo "The site is at build/site/index.html"

# Sdist and wheel, tried in an empty environment outside the checkout.
dist:
	@.ci/dist $(PYTHON)

# The pins of development and, under the same versions, of running alone (for the container), with digests, for every
# supported Python; needs uv. What is pinned stays where it can: ARGS=--upgrade takes the newest.
RUNNING := --extra image --extra recordings
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" pyproject.toml
lock:
	@command -v uv >/dev/null || { echo "make: uv is needed: https://docs.astral.sh/uv/" >&2; exit 3; }
	@$(COMPILE) --extra dev $(ARGS) -o requirements-lock.txt
	@$(COMPILE) $(RUNNING) --constraint requirements-lock.txt $(ARGS) -o requirements-run-lock.txt
	@echo "Written requirements-lock.txt and requirements-run-lock.txt"

# The lowest versions that pyproject.toml allows, of what it names itself, on the oldest Python; needs uv.
LOWEST := tests/test_run.py tests/test_cli.py tests/engine tests/report tests/trust tests/experiments/test_indices.py
lowest:
	@command -v uv >/dev/null || { echo "make: uv is needed: https://docs.astral.sh/uv/" >&2; exit 3; }
	@rm -rf .venv-lowest
	@uv venv --quiet --python 3.11 .venv-lowest
	@uv pip install --quiet --python .venv-lowest --resolution lowest-direct --editable '.[test]'
	PYTHONDONTWRITEBYTECODE= .venv-lowest/bin/python -m pytest -q -n $(JOBS) --dist worksteal $(LOWEST)

# Both versions of Mesa that are supported, each on a Python for which pip chooses it; PYTHON_3_3=/path and PYTHON_3_5=/path
# choose interpreters.
matrix: matrix-mesa3.3 matrix-mesa3.5

MATRIX := tests/test_mesa.py tests/test_cell_agents.py tests/test_model.py tests/reference
first_of = $(shell for p in $(1); do $$p -c pass 2>/dev/null && echo $$p && break; done)
PYENV := $${PYENV_ROOT:-$$HOME/.pyenv}/versions
PYTHON_3_3 ?= $(call first_of,python3.11 $(PYENV)/3.11.*/bin/python)
PYTHON_3_5 ?= $(call first_of,python3.13 python3.12 $(PYENV)/3.13.*/bin/python $(PYENV)/3.12.*/bin/python)

matrix-mesa3.3: INTERPRETER = $(PYTHON_3_3)
matrix-mesa3.5: INTERPRETER = $(PYTHON_3_5)
matrix-mesa3.3 matrix-mesa3.5: matrix-mesa%: pyproject.toml
	@test -n "$(INTERPRETER)" || { echo "make: Mesa $* wants Python $(if $(filter 3.3,$*),3.11,3.12 or 3.13); say PYTHON_$(subst .,_,$*)=/path/to/python" >&2; exit 3; }
	@test .venv-mesa$*/.installed -nt pyproject.toml || { echo "Installing into .venv-mesa$* (a minute or two, once)"; \
	  $(INTERPRETER) -m venv .venv-mesa$* && \
	  .venv-mesa$*/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[test]' && \
	  touch .venv-mesa$*/.installed; }
	@.venv-mesa$*/bin/python -c "import mesa, sys; v = mesa.__version__; print('Mesa', v, 'on Python', sys.version.split()[0]); \
	  sys.exit(0 if v.startswith('$*.') else 'make: this is not Mesa $*')"
	PYTHONDONTWRITEBYTECODE= .venv-mesa$*/bin/python -m pytest -q -n $(JOBS) --dist worksteal $(wildcard $(MATRIX))

# What the validator of RO-Crate says of a capsule, in an environment of its own: it wants an older rich.
crate: pyproject.toml
	@test .venv-crate/.installed -nt pyproject.toml || { echo "Installing into .venv-crate (a minute or two, once)"; \
	  $(PYTHON) -m venv .venv-crate && \
	  .venv-crate/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --editable . \
	    'roc-validator>=0.13' 'rocrate>=0.13' 'pytest>=8' 'hypothesis>=6.100' && touch .venv-crate/.installed; }
	.venv-crate/bin/python -m pytest -q tests/trust/test_crate_validator.py

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11, 3.12 or 3.13 found; install one or say PYTHON=/path/to/python" >&2; exit 3; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "make: $(PYTHON) cannot make an environment; on Debian and Ubuntu install python3-venv" >&2; exit 3; }

# The stamps make a second call quick: pip runs again only when the dependencies change.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), with what the tests need (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[test]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-docs: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), with what the site needs (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[docs]'
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) .venv-mesa* .venv-lowest .venv-crate build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find neurogen_abm tests benchmarks scenarios -name __pycache__ -prune -exec rm -rf {} +

help:
	@echo "make run       install, simulate SCENARIO=$(SCENARIO), print the summary and the path of the report"
	@echo "make test      install, lint, types, layers, tests"
	@echo "make nightly   every test, slow ones too, boundscheck, and mutation"
	@echo "make boundscheck  tests of the kernels while every index of an array is looked at"
	@echo "make mutation  plant bugs, and say how many of them the tests catch"
	@echo "make docs      the site, into build/site"
	@echo "make pages     write the pages of docs that are made from the code anew"
	@echo "make dist      sdist and wheel, tried in an empty environment"
	@echo "make lock      pin the packages of development, and of running alone, anew, with uv"
	@echo "make lowest    tests with the lowest versions that pyproject.toml allows, with uv"
	@echo "make bench     how fast it is: a table, and benchmarks/results/latest.json"
	@echo "make report-card  replay every published experiment, write both report cards of docs"
	@echo "make crate     what the validator of RO-Crate says of a capsule, in an environment of its own"
	@echo "make matrix    the tests of the Mesa side on Mesa 3.3 (Python 3.11) and Mesa 3.5 (Python 3.12 or 3.13)"
	@echo "make chromium  install Debian's Chromium, which the browser tests drive"
	@echo "make clean     remove the environment and caches"
