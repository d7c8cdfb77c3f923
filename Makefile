# The commands of this project. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
# The pins are complete, so nothing is resolved: what is installed depends neither on the day nor on pip's version.
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.DEFAULT_GOAL := help
# Without cached bytecode every worker and every process of the tests compiles all modules anew, which doubles the time.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo promise-demo test test-all libraries check lock bench torture format texts clean

help:     ## list the commands
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

$(STAMP): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV_FLAGS) $(VENV)
	$(PIP) --only-binary :all: --require-hashes -r requirements-dev.txt
	$(PIP) --no-build-isolation -e .
	@touch $@

setup: $(STAMP) ## install the pinned dependencies and the bot into .venv

demo: promise-demo $(STAMP) ## the real bot against a sandbox, in your browser, with no account
	@exec $(BIN)/imagine-bot demo

promise-demo:
	@echo "Demo: installs into $(VENV) (the first time, one to two minutes), then runs the real bot against a make-believe Telegram and image API. Nothing is paid. Open the address it prints last in your browser."

test: $(STAMP) ## the quick part of the test suite, in less than two minutes
	$(BIN)/python -m pytest -n 4 --dist worksteal -m "not slow and not browser and not alone and not libraries"

test-all: $(STAMP) ## the whole test suite: browser, stress, torture, coverage
	$(BIN)/python -m pytest -n 4 --dist worksteal --cov --cov-report=term:skip-covered -m "not alone and not libraries"
	$(BIN)/python -m pytest -n 2 -m alone

libraries: $(STAMP) ## bots of other libraries against the sandbox, each in an environment of its own
	PYTHON=$(PYTHON) tests/libraries/setup
	$(BIN)/python -m pytest -m libraries tests/libraries

check: $(STAMP) ## ruff, mypy, the contracts of the house, and whether the pins are complete
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.pins

bench: $(STAMP) ## measure what the README and docs/measurements.md claim
	$(BIN)/python -m benchmarks.callbacks
	$(BIN)/python -m benchmarks.memory

torture: $(STAMP) ## kill the bot wherever it hurts and audit what people got (SEED=7 repeats a run)
	$(BIN)/python -m benchmarks.torture --rounds 200 $(if $(SEED),--seed $(SEED))

# Everything is resolved for every supported Python and system at once; see docs/pins.md.
LOCK   := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header

lock: $(STAMP) ## renew every pin, for development and for the image
	$(PIP) --only-binary :all: --require-hashes -r requirements-lock.txt
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt
	$(LOCK) --group build -o requirements-build.txt
	$(LOCK) --group lock -o requirements-lock.txt
	$(MAKE) check

format: $(STAMP) ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

texts: $(STAMP) ## collect every sentence people read into bot/locales/imagine_bot.pot
	$(BIN)/pybabel -q extract -F babel.cfg --keyword=text --keyword=plural:1,2 --no-location --sort-output \
		--project=imagine-bot --copyright-holder="The Imagine Bot authors" \
		--add-comments=i18n: -o bot/locales/imagine_bot.pot bot core handlers storage
	@sed -i "/^.POT-Creation-Date\|^.PO-Revision-Date\|^.Generated-By\|YEAR\|FIRST AUTHOR\|^. Copyright/d" bot/locales/imagine_bot.pot

clean:    ## remove the virtual environment and caches
	rm -rf $(VENV) .libraries .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage *.egg-info
