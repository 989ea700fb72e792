# Needs Python 3.11 or later, and nothing else: each target installs what it uses into .venv.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
INSTALLED := .venv/.installed
DOCS_INSTALLED := .venv-docs/.installed
CODE := kinto_sdk tests tools examples

.PHONY: help demo test check format-check lint types generated coverage format generate bench docs clean

help:  ## list what can be done
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

demo: $(INSTALLED)  ## run examples/quickstart.py on an embedded Kinto
	$(BIN)/python examples/quickstart.py

test: $(INSTALLED)  ## run all the tests
	$(BIN)/python -m pytest

check: format-check lint types generated coverage  ## do what CI does: all of the checks, then the tests

format-check: $(INSTALLED)
	$(BIN)/ruff format --check $(CODE)

lint: $(INSTALLED)
	$(BIN)/ruff check $(CODE)

types: $(INSTALLED)
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/python tools/verify_types.py

generated: $(INSTALLED)
	$(BIN)/python tools/unasync.py --check

coverage: $(INSTALLED)
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

format: $(INSTALLED)  ## format the code, and correct what ruff can
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

generate: $(INSTALLED)  ## write the synchronous code from the asynchronous
	$(BIN)/python tools/unasync.py

bench: $(INSTALLED)  ## measure against httpx and kinto-http
	$(BIN)/python tests/benchmarks

docs: $(DOCS_INSTALLED)  ## build the documentation into site/
	.venv-docs/bin/mkdocs build --strict

clean:  ## remove all that was installed or built
	rm -rf .venv .venv-docs site dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(INSTALLED): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; PYTHON=/path/to/python says where it is." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(DOCS_INSTALLED): pyproject.toml
	test -x .venv-docs/bin/python || $(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@
