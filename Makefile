# `make run` and `make test` are all a newcomer needs; the rest is for those who change things.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
    "$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
    && { echo "$$p"; break; }; done)
VENV := .venv
PIP := $(VENV)/bin/python -m pip -qq --disable-pip-version-check --no-input
INSTALL := $(PIP) install --root-user-action=ignore --no-build-isolation -c constraints.txt
AS_OF ?= 2026-11-23
PYTEST := $(VENV)/bin/python -m pytest -q
# A run is split over the cores; the tests of the Prefect server stay together on one.
WORKERS ?= auto

.PHONY: run test test-long bench lint format reference screenshots journey-data journey system-packages constraints clean
.DELETE_ON_ERROR:

# --ahead: the demo gives the same wherever a clock stands.
## run: make the environment once, then the nightly job on the demo
run: $(VENV)/.installed
	@$(VENV)/bin/rebatch --workspace data/demo run --as-of $(AS_OF) --ahead
	@printf '\n%s\n' 'Look at it:'
	@printf '  %s\n' 'statements  data/demo/out/*/statements/*.html, for each partner, in any browser' \
	    'a cent      . $(VENV)/bin/activate; rebatch -w data/demo explain M-0034 promotion-fund-2026 2026-P08' \
	    'managers    rebatch -w data/demo dashboard -o dashboard.html' \
	    'partners    rebatch -w data/demo site --serve' \
	    'documents   rebatch -w data/demo statements make --all'

## test: every test but the long ones
test: $(VENV)/.installed-dev
	@$(PYTEST) -m "not long" -n $(WORKERS) --dist loadgroup

## test-long: the rest, some of it in turns by the day: kills, large data, a real Prefect server, laws on more examples
test-long: $(VENV)/.installed-peers
	@REBATCH_EXAMPLES=2 $(PYTEST) -m "(long or law) and not other_turn" -n $(WORKERS) --dist loadgroup --timeout 1800

## bench: what a run costs beside a bare query that pays the same (ROWS=1000000)
bench: $(VENV)/.installed-peers
	@$(PYTEST) -m long -n 0 tests/benchmarks

## lint: style, types, and which folder may import which
lint: $(VENV)/.installed-dev
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo

## format: what can be mended by itself
format: $(VENV)/.installed-dev
	@$(VENV)/bin/ruff check --quiet --fix .
	@$(VENV)/bin/ruff format --quiet .

## reference: write the pages of docs/reference anew, from the code they are about
reference: $(VENV)/.installed
	@$(VENV)/bin/python docs/make_reference.py

## screenshots: take the pictures of docs/images anew, of the demo (needs Chromium: make system-packages)
screenshots: $(VENV)/.installed-dev
	@$(VENV)/bin/python docs/take_screenshots.py

## journey-data: fetch 1.47 million real transactions (2017, 457 stores) into data/journey
journey-data: $(VENV)/.installed
	@$(VENV)/bin/python data/journey/fetch.py

## journey: the nightly job on them
journey: journey-data
	@$(VENV)/bin/rebatch --workspace data/journey run --as-of 2018-01-31

## system-packages: what the browser tests need, on Debian or Ubuntu
system-packages:
	@if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	$$sudo apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends \
	    chromium fonts-noto-cjk fonts-noto-color-emoji fonts-dejavu-core >/dev/null

## constraints: pin every package anew (needs uv)
constraints:
	@uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra peers --no-emit-index-url --no-header \
	    --no-annotate --no-emit-find-links --upgrade pyproject.toml -o constraints.txt
	@printf 'pip==26.3\nsetuptools==82.0.1\n' >> constraints.txt

clean:
	@rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	@rm -rf data/demo/warehouse.duckdb* data/demo/*.lock data/demo/landing data/demo/rejects data/demo/out data/demo/published data/demo/statements data/demo/site data/demo/backups data/demo/spill

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Rebatch needs Python 3.11 to 3.13 with venv: install it, or say make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# Pinned pip and setuptools first: they build the package, and nothing is fetched behind their back.
$(VENV)/.installed: $(VENV)/bin/python constraints.txt pyproject.toml
	@echo "installing the pinned packages (once)"
	@$(PIP) install --root-user-action=ignore -c constraints.txt pip setuptools
	@$(INSTALL) --editable .
	@$(VENV)/bin/python -m compileall -q cli.py pipelines reports rules schemas
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "installing the pinned tools of the tests (once)"
	@$(INSTALL) --editable '.[dev]'
	@touch $@

# In a folder of their own, which only the scripts that need them are told of.
$(VENV)/.installed-peers: $(VENV)/.installed-dev
	@echo "installing what the benchmarks compare with (once)"
	@$(PIP) install --root-user-action=ignore -c constraints.txt --upgrade --target $(VENV)/peers pandas
	@touch $@
