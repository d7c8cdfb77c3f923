# The project's commands. `make` without a target lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
# The pins are complete, so pip resolves nothing: the result depends neither on the day nor on pip's version.
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.DEFAULT_GOAL := help
# Without cached bytecode, every process of the tests compiles all modules again, which doubles the time.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo promise-demo test test-all test-rest test-scaled libraries check lock bench torture format texts clean

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

demo: promise-demo $(STAMP) ## try the real bot with a sandbox in your browser; needs no account
	@exec $(BIN)/imagine-bot demo

promise-demo:
	@echo "Demo: installs the bot into $(VENV) (the first time, one to two minutes), then runs it with a simulated Telegram and image API. It costs nothing. Open the address that it prints last in your browser."

test: $(STAMP) ## run the quick tests, in less than two minutes
	$(BIN)/python -m pytest -n 4 --dist worksteal -m "not slow and not browser and not alone and not libraries"

test-all: $(STAMP) ## run all tests: browser, stress, torture, coverage
	$(BIN)/python -m pytest -n 4 --dist worksteal --cov --cov-report=term:skip-covered -m "not alone and not libraries"
	$(BIN)/python -m pytest -n 2 -m alone

test-rest: $(STAMP) ## run the tests that `make test` leaves out, without coverage
	$(BIN)/python -m pytest -n 4 --dist worksteal -m "(slow or browser) and not alone and not libraries"
	$(BIN)/python -m pytest -n 2 -m alone

test-scaled: $(STAMP) ## run the end-to-end tests on PostgreSQL and an object store (QUICK=1 leaves the slow ones out)
	TESTS_ON=scaled $(BIN)/python -m pytest -n 4 --dist worksteal -m "not alone and not embedded$(if $(QUICK), and not slow)" tests/e2e

libraries: $(STAMP) ## test bots of other libraries with the sandbox, each in its own environment
	PYTHON=$(PYTHON) tests/libraries/setup
	$(BIN)/python -m pytest -m libraries tests/libraries

check: $(STAMP) ## check style (ruff), types (mypy), import contracts, and complete pins
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.pins

bench: $(STAMP) ## compare the bot with the bare wire and plain bots; 15 minutes (REPLICAS=1,2,4 compares so many processes on PostgreSQL)
ifdef REPLICAS
	$(BIN)/python -m benchmarks.replicas $(REPLICAS) docs/replicas.png
else
	PYTHON=$(PYTHON) tests/libraries/setup aiogram
	$(BIN)/python -m benchmarks.table docs/speed.png
	$(BIN)/python -m benchmarks.memory
endif

torture: $(STAMP) ## kill the bot at boundaries and at random, and audit the results (SEED=7 repeats a run; MODEL=gpt N=4; REPLICAS=3 S3=1)
	$(BIN)/python -m benchmarks.torture --rounds 200 $(if $(SEED),--seed $(SEED)) $(if $(MODEL),--model $(MODEL)) $(if $(N),--n $(N)) \
		$(if $(REPLICAS),--replicas $(REPLICAS)) $(if $(S3),--s3)

# uv resolves for all supported Python versions and systems at once; see docs/pins.md.
LOCK   := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header

lock: $(STAMP) ## update all pins, for development and for the image
	$(PIP) --only-binary :all: --require-hashes -r requirements-lock.txt
	$(LOCK) pyproject.toml --all-extras -o requirements.txt
	$(LOCK) pyproject.toml --all-extras --group dev -o requirements-dev.txt
	$(LOCK) --group build -o requirements-build.txt
	$(LOCK) --group lock -o requirements-lock.txt
	$(MAKE) check

format: $(STAMP) ## format and fix the code with ruff
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

texts: $(STAMP) ## collect the texts for users into bot/locales/imagine_bot.pot
	$(BIN)/pybabel -q extract -F babel.cfg --keyword=text --keyword=plural:1,2 --no-location --sort-output \
		--project=imagine-bot --copyright-holder="The Imagine Bot authors" \
		--add-comments=i18n: -o bot/locales/imagine_bot.pot bot core handlers storage
	@sed -i "/^.POT-Creation-Date\|^.PO-Revision-Date\|^.Generated-By\|YEAR\|FIRST AUTHOR\|^. Copyright/d" bot/locales/imagine_bot.pot

clean:    ## remove the virtual environment and caches
	rm -rf $(VENV) .libraries .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage *.egg-info
