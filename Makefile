# Everything starts from here: a fresh clone needs python3 >= 3.11, make, a C/C++ compiler and
# the package index. `make` alone lists the targets.

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
# Arguments for llamachat and for pytest: make chat ARGS="--plain", make test PYTEST="-k stop"
ARGS ?=
PYTEST ?=

.PHONY: help chat doctor test test-slow lint types contracts check clean app tools python

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

chat: app ## build what is missing, then start; arguments in ARGS="..."
	@exec $(BIN)/llamachat $(ARGS)

doctor: app ## what this machine can do and what should be better
	@exec $(BIN)/llamachat doctor $(ARGS)

test: tools ## the tests, but for the slow ones; arguments in PYTEST="..."
	$(RUN) pytest -n auto --dist worksteal $(PYTEST)

test-slow: tools ## the slow tests, and those of properties with many examples
	$(RUN) pytest -m "slow or hypothesis" --hypothesis-profile many $(PYTEST)

lint: tools ## ruff: rules and format
	$(RUN) ruff check
	$(RUN) ruff format --check

types: tools ## mypy, strict
	$(RUN) mypy

contracts: tools ## who may import whom
	$(BIN)/python -c "from importlinter.cli import lint_imports_command as run; run()"

check: lint types contracts test ## all that CI runs

clean: ## remove .venv and caches; built engines stay in the user's cache folder
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

app: python
	@$(PYTHON) scripts/bootstrap.py

tools: python
	@$(PYTHON) scripts/bootstrap.py --dev

python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "$(PYTHON) is not installed; llamachat needs Python 3.11 or newer."; \
	  echo "Debian, Ubuntu: sudo apt install python3 python3-venv build-essential"; \
	  exit 1; } >&2
