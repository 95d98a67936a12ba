# Two commands: `make search` (a real search, from nothing) and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One spinning OpenMP thread per busy core slows torch down many times; waiting threads must sleep.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: search test nightly lint docs clean

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "symspace needs Python 3.11 or later; make PYTHON=python3.12 ... names another one")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

search: $(VENV)/.ready
	$(BIN)/symspace search examples/digits.space --time 2m

test: $(VENV)/.ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

nightly: $(VENV)/.ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup -m 'slow or not slow'

lint: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.ready
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) build dist *.egg-info
