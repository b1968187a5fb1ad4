PYTHON ?= python3
BIN = .venv/bin

.PHONY: try demo status test lint format clean
.DELETE_ON_ERROR:

try: .venv/installed  ## three models on a few phantoms, a page in about three minutes
	$(BIN)/snakemake --cores all --configfile config/try.yaml
	@echo "Open $(CURDIR)/results/try/index.html"

demo: .venv/installed  ## the default study: phantoms, all models and attacks, the pages
	@echo "The default study takes about eighteen minutes on two cores; make try takes three."
	$(BIN)/snakemake --cores all
	$(BIN)/snakemake --report results/phantoms/report.html
	@echo "Start with $(CURDIR)/results/phantoms/index.html"
	@echo "Snakemake's report, one file: $(CURDIR)/results/phantoms/report.html"

status: .venv/installed  ## how far a study is: make status OVERLAYS=config/paper.yaml
	@$(BIN)/python workflow/status.py $(OVERLAYS)

test: .venv/installed-dev  ## the tests
	$(BIN)/python -m pytest

lint: .venv/installed-dev  ## linters and type checks; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/mypy

format: .venv/installed-dev  ## format Python and Snakemake files in place
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

.venv/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11.4 or newer is needed, $(PYTHON) is %d.%d.%d; use make PYTHON=..." % sys.version_info[:3] if sys.version_info < (3, 11, 4) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-dev.lock
	touch $@
