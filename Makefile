# Every command of the project. `make demo` and `make test` need only Python >= 3.11, make and a package index.
.DEFAULT_GOAL := help
.PHONY: help demo test fast check bench serve lock audit install

# The first Python of these that is new enough; say `make PYTHON=/path/to/python test` for another.
CANDIDATES := python3 python3.13 python3.12 python3.11 python
IS_NEW := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in $(CANDIDATES); do "$$p" -c '$(IS_NEW)' 2>/dev/null && echo "$$p" && break; done)

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SOURCES := app tests benchmarks

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Everything is pinned with its hash, what builds included; only pip itself is the one that came with Python.
$(STAMP): requirements.build.lock requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "biaoti needs Python 3.11 or newer; tried: $(CANDIDATES)" >&2; exit 1; }
	@"$(PYTHON)" -c '$(IS_NEW)' || { echo "biaoti needs Python 3.11 or newer; $(PYTHON) is not" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
	$(PIP) --require-hashes -r requirements.build.lock
	$(PIP) --require-hashes --no-build-isolation -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

install: $(STAMP) ## the virtual environment in .venv, from the lock file

demo: $(STAMP) ## a title for the example dress, with its proof and its reasons
	$(BIN)/biaoti suggest examples/dress.json --keywords examples/dress_sycm.csv --today 2026-06-15

test: $(STAMP) ## all tests
	$(BIN)/python -m pytest

# On every core, up to eight; each process reads the lexicon once.
FAST := -m "not slow" --numprocesses auto --maxprocesses 8 --dist worksteal

fast: $(STAMP) ## the fast tests, in a minute or two
	$(BIN)/python -m pytest $(FAST)

check: $(STAMP) ## format, lint, types, lexicon, fast tests with coverage: what a commit must pass
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/biaoti lexicon lint lexicon
	$(BIN)/python -m pytest $(FAST) --cov --cov-report=term-missing:skip-covered

# Without the data the first has nothing to run and says so; the second then takes a simulated market.
bench: $(STAMP) ## quality, speed, and ours side by side with what else there is; updates benchmarks/README.md
	$(BIN)/python benchmarks/evaluate.py; status=$$?; $(BIN)/python benchmarks/sides && exit $$status

serve: $(STAMP) ## the HTTP service on port 8000
	$(BIN)/biaoti serve

lock: ## the three lock files anew, with today's versions (installs the resolver into build/lock)
	@test -n "$(PYTHON)" || { echo "biaoti needs Python 3.11 or newer; tried: $(CANDIDATES)" >&2; exit 1; }
	"$(PYTHON)" -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) --group build -o requirements.build.lock
	$(COMPILE) pyproject.toml --group dev -o requirements.lock
	$(COMPILE) pyproject.toml --extra postgres --extra fast -c requirements.lock -o requirements.runtime.lock

audit: ## known vulnerabilities of what a user installs (asks the advisories of the package index)
	@test -n "$(PYTHON)" || { echo "biaoti needs Python 3.11 or newer; tried: $(CANDIDATES)" >&2; exit 1; }
	"$(PYTHON)" -m venv build/audit
	build/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	build/audit/bin/pip-audit --strict --disable-pip -r requirements.runtime.lock

COMPILE = build/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" --quiet --upgrade
