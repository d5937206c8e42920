# `make` says what there is. Everything happens in a virtual environment in the checkout, .venv; only Python 3.11+ is needed.

VENV := .venv
BIN := $(VENV)/bin
# Another interpreter: make test PYTHON=/path/to/python3.12
PYTHONS := $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3 python
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

.PHONY: help demo test lint format bench bench-full clean
.DEFAULT_GOAL := help

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/ready ## compare three policies on a shipped week; the report lands in build/demo
	$(BIN)/deskdrill compare saas-week humans-only deflect-hard careful --out build/demo

test: lint ## the linters, then every test
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/ready-dev ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/mypy -p deskdrill
	$(BIN)/lint-imports

format: $(VENV)/ready-dev ## put imports in order and fix what ruff can
	$(BIN)/ruff check --fix .

bench: $(VENV)/ready-bench ## the short benchmarks, a few minutes
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/features.py --conversations 20000 --rounds 3
	$(BIN)/python benchmarks/scale.py --rounds 2
	$(BIN)/python benchmarks/dialogues.py --rounds 3
	$(BIN)/python benchmarks/recognisers.py --rounds 3
	$(BIN)/python benchmarks/rules.py --rounds 3

bench-full: $(VENV)/ready-bench ## all benchmarks
	$(BIN)/python benchmarks/run.py --full
	$(BIN)/python benchmarks/features.py
	$(BIN)/python benchmarks/scale.py --full
	$(BIN)/python benchmarks/dialogues.py
	$(BIN)/python benchmarks/recognisers.py
	$(BIN)/python benchmarks/rules.py
	$(BIN)/python benchmarks/checking.py
	$(BIN)/python benchmarks/diffs.py
	$(BIN)/python benchmarks/experiments.py
	$(BIN)/python benchmarks/staffing.py
	$(BIN)/python benchmarks/staffing_theory.py
	$(BIN)/python benchmarks/shifts.py

clean: ## remove what make has made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# Made anew when the dependencies change. pip 25.1 is the first that knows dependency groups.
$(VENV)/ready: pyproject.toml
	@for each in $(PYTHONS); do \
	    if "$$each" -c '$(FITS)' >/dev/null 2>&1; then found=$$each; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "deskdrill needs Python 3.11 or newer with its venv module; none was found (make PYTHON=/path/to/python names one)" >&2; exit 1; \
	fi; \
	echo "setting up $(VENV) with $$($$found --version)"; \
	"$$found" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/ready-%: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group $*
	@touch $@
