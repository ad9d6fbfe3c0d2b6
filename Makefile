# Iibun: two commands. `make run` loads the samples and serves the page; `make test` runs every test.
# Both make .venv on first use (about two minutes, 1.6 GB) from pinned, hash-checked lock files; later runs start at once.

PORT   ?= 8501
STORE  ?= data/store
WORKERS ?= 2
VENV   := .venv
ifeq ($(OS),Windows_NT) # needs GNU make and the shell of Git for Windows
PYTHON ?= python
BIN    := $(VENV)/Scripts
else
PYTHON ?= python3
BIN    := $(VENV)/bin
endif
export IIBUN_STORE = $(STORE)
export OMP_NUM_THREADS ?= 1

.PHONY: run test quick coverage check lint format types gate bench notebook lock screenshots site train clean help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ \t/'

# The locks name every package, so pip must not resolve: it would refuse a newer one that an extra asks for (pip 23.2).
$(VENV)/run.stamp: requirements.lock pyproject.toml
	@echo "Setting up $(VENV): about two minutes, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v[:2] <= (3, 13) else "Iibun needs Python 3.11 to 3.13, this is %d.%d; set PYTHON=python3.11" % v[:2])'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.lock
	@echo "Adding what the tests need: about a minute, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

$(VENV)/train.stamp: $(VENV)/dev.stamp
	@echo "Adding what training needs."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[training]'
	@touch $@

run: $(VENV)/run.stamp  ## set up, load the sample articles if the store is empty, serve http://localhost:8501
	@$(BIN)/iibun ingest --samples --if-empty
	@echo "Serving http://localhost:$(PORT) (SPARQL at /sparql). Ctrl-C ends it."
	@$(BIN)/iibun serve --port $(PORT)

test: $(VENV)/dev.stamp  ## set up and run every test (about ten minutes on two cores)
	@$(BIN)/python -m pytest -n $(WORKERS)

quick: $(VENV)/dev.stamp  ## run the tests that need no model, page, browser, server or other process (under a minute)
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not (model or processes or pages or browser or virtuoso or slow)"

coverage: $(VENV)/dev.stamp  ## run every test and print the coverage by package
	@$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=
	@$(BIN)/python -m tests.coverage_table

check: $(VENV)/dev.stamp  ## lint, types, direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lint: $(VENV)/dev.stamp  ## lint alone
	@$(BIN)/ruff check .

format: $(VENV)/dev.stamp  ## format the code
	@$(BIN)/ruff format .

types: $(VENV)/dev.stamp  ## types alone
	@$(BIN)/mypy

gate: $(VENV)/dev.stamp  ## extraction quality against its floors
	@$(BIN)/python -m tests.gate

SHARED ?= ../shared
CORPORA = --ner $(SHARED)/ner --gold $(SHARED)/gold --articles $(SHARED)/articles
BUILD  := build/training

train: $(VENV)/train.stamp  ## every model that ships, from the annotated articles: hours, goes on where it was stopped
	@mkdir -p $(BUILD)
	@test -e $(BUILD)/first.npz || $(BIN)/python -m training.recogniser $(CORPORA) --out $(BUILD)/first.npz
	@test -e $(BUILD)/names.npz || $(BIN)/python -m training.recogniser $(CORPORA) --field $(SHARED)/field --out $(BUILD)/names.npz
	@OMP_NUM_THREADS=2 $(BIN)/python -m training --work $(BUILD) --first $(BUILD)/first.npz
	@cp $(BUILD)/names.npz data/models/names.npz
	@$(BIN)/python -m training.relations $(SHARED)/gold $(SHARED)/articles --field $(SHARED)/field --write
	@$(BIN)/python -m training.links
	@$(BIN)/python -m tests.gate

bench: $(VENV)/dev.stamp  ## the README's speed table
	@$(BIN)/python benchmarks/bench_reading.py

notebook: $(VENV)/dev.stamp  ## run docs/notebook.ipynb and fill in its results
	@$(BIN)/jupyter execute --inplace docs/notebook.ipynb

site: $(VENV)/dev.stamp  ## the documents as a site with search: site/docs/README.html
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs . site

screenshots: $(VENV)/dev.stamp  ## docs/images, from the page as it is
	@$(BIN)/python docs/screenshots.py

lock:  ## pin the newest versions that pyproject.toml allows
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q \
	  --custom-compile-command "make lock" --group install -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q \
	  --custom-compile-command "make lock" --group install --extra cluster --extra login --extra mcp --group dev \
	  -c requirements.lock -o requirements-dev.lock

clean:  ## remove the environment and the store of samples
	rm -rf $(VENV) $(STORE) site
