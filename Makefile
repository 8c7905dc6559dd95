# Needs Python 3.11 or newer and make; everything else is put into .venv and .tools of this folder.
# `make` alone says what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test soak test-deps lint format bench bench-scale store-archive lock clean run-env dev-env

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PYTEST_ARGS ?=
# One more than the cores of a small machine: many tests wait for servers.
TEST_WORKERS ?= 3

# Debian packages that tests use beyond what PyPI has. Without them those tests are skipped and say so.
# php-cgi: so that DAViCal's php does not bring Apache along.
SYSTEM_PACKAGES := postgresql chromium davical php-sabre-dav php-cgi php-sqlite3

# The first interpreter that runs and is new enough; `make PYTHON=/path/to/python …` overrides.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v "$$p"; break; }; done)

# uv from PATH if it runs, else one of our own, installed by hash.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .tools/bin/uv)
UV_PIP := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) --quiet pip

help: ## what can be asked of make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20

demo: run-env ## a calendar server, the sample city and the sidecar, on this machine (ARGS=--once: one pass, then stop)
	@$(BIN)/hors-les-murs demo $(ARGS)

test: dev-env ## every test that can run here; the others say why not (PYTEST_ARGS="-k word")
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadgroup -q -rs $(PYTEST_ARGS)

soak: dev-env ## random histories of everybody at once, going on where the last call ended (ARGS="--minutes 60")
	@$(BIN)/python -m tests.stateful.soak $(ARGS)

test-deps: ## install the system packages that some tests use (Debian, Ubuntu)
	@if ! command -v apt-get >/dev/null; then \
		echo "No apt-get here. Tests that need $(SYSTEM_PACKAGES) are skipped unless you install them."; \
	elif dpkg-query -W -f='$${Status}\n' $(SYSTEM_PACKAGES) 2>/dev/null | grep -c '^install ok installed$$' \
			| grep -qx $(words $(SYSTEM_PACKAGES)); then \
		echo "System packages for tests are there: $(SYSTEM_PACKAGES)."; \
	else \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		$$sudo apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $(SYSTEM_PACKAGES); \
	fi

lint: dev-env ## style, types, layers, dependencies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .

format: dev-env ## put the code into its usual form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: dev-env ## requests, bytes and time of the usual passes, beside vdirsyncer and python-caldav
	@$(BIN)/python -m tests.bench.sync $(ARGS)

bench-scale: dev-env ## sweeps of 100 to 1,200 centres on a PostgreSQL of its own (ARGS="--centres 40 --servers 3"; minutes)
	@$(BIN)/python -m tests.bench.scale $(ARGS)

store-archive: dev-env ## the archive for the Nextcloud app store, into dist/ (ARGS=--draft: only to look at)
	@$(BIN)/python -m plugin_manifest.archive $(ARGS)

# --universal with the oldest Python: one file with hashes of every platform's wheels.
COMPILE := $(UV) --quiet pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-annotate

lock: | .uv ## resolve pyproject.toml anew into requirements/ (ARGS=--upgrade: newest versions)
	@$(COMPILE) $(ARGS) pyproject.toml --extra postgres --extra demo --group build -o requirements/run.txt
	@$(COMPILE) $(ARGS) pyproject.toml --extra postgres --extra demo --group build --group test --group lint \
		-c requirements/run.txt -o requirements/dev.txt
	@$(COMPILE) $(ARGS) requirements/tools.in -o requirements/tools.txt

clean: ## remove what make made here (not the data of a demo)
	rm -rf $(VENV) .tools build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find calendars sidecar tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment -------------------------------------------------------------------------------------------

run-env: $(VENV)/.run
dev-env: $(VENV)/.dev

# What is installed stays installed: `make demo` after `make test` keeps the test tools.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python .uv
	@echo "Installing what Hors les murs needs into $(VENV) …"
	@$(UV_PIP) install --require-hashes -r requirements/run.txt
	@$(UV_PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python .uv
	@echo "Installing Hors les murs and its test tools into $(VENV) …"
	@$(UV_PIP) sync --require-hashes requirements/dev.txt
	@$(UV_PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

$(BIN)/python: | .uv
	@$(need_python)
	@$(UV) --quiet venv --no-python-downloads --python "$(PYTHON)" $(VENV)

.PHONY: .uv
.uv: $(if $(filter .tools/%,$(UV)),.tools/bin/uv)

.tools/bin/uv: requirements/tools.txt
	@$(need_python)
	@echo "No uv on this machine: installing one into .tools …"
	@"$(PYTHON)" -m venv .tools || { echo "Python's venv module does not work here. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@.tools/bin/python -m pip --quiet install --require-hashes -r requirements/tools.txt
	@touch $@

define need_python
if [ -z "$(PYTHON)" ]; then \
	echo "Hors les murs needs Python 3.11 or newer, and found none on PATH." >&2; \
	echo "Install one (Debian: apt install python3 python3-venv), or say where it is: make PYTHON=/path/to/python3 …" >&2; \
	exit 1; \
fi
endef
