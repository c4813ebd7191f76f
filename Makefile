# Setpoint. `make demo` and `make test` do all set-up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BUILT := $(VENV)/.pages
WEB := $(shell find web -type f -not -path "*/node_modules/*" -not -path "web/build/*" -not -name schema.ts 2>/dev/null)
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help setup pages demo demo-stop serve test check bench chaos tour golden

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) $(BUILT)  ## The environment and the built pages

$(STAMP): requirements.lock pyproject.toml scripts/setup
	PYTHON=$(PYTHON) scripts/setup $(VENV)
	@touch $(STAMP)

$(BUILT): $(STAMP) $(WEB) scripts/pages
	scripts/pages
	@touch $(BUILT)

pages: $(STAMP)  ## Build the pages anew
	scripts/pages && touch $(BUILT)

demo: setup  ## An autonomous campaign against simulated customers, beside the usual way; leaves Setpoint running
	$(BIN)/setpoint demo

demo-stop: setup  ## End the Setpoint that the demo left running
	$(BIN)/setpoint demo-stop

serve: setup  ## Setpoint on http://127.0.0.1:8000 with an empty company
	$(BIN)/setpoint serve

test: setup  ## The whole suite but for `chaos`
	scripts/test-parts
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not (fault and slow)"

chaos: setup  ## The fault suite: what is killed in the midst of its work, and what stands afterwards
	$(BIN)/pytest -n 2 --dist loadfile -m "fault and slow"

check: setup  ## Lint, types, imports of server and pages
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	scripts/pages --check

bench: setup  ## Every benchmark
	for name in $$($(BIN)/setpoint bench list); do $(BIN)/setpoint bench $$name --json var/bench/$$name.json || exit 1; done

tour: setup  ## Take the pictures of docs/tour.md anew
	SETPOINT_TOUR=write $(BIN)/pytest tests/e2e/browser/test_tour.py

golden: setup  ## Write the golden files anew, to be read before they are committed
	SETPOINT_GOLDEN=write $(BIN)/pytest -k golden
