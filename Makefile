# `make demo` and `make test` need Python 3.11 or later, Node 20 or later, and nothing else.

PYTHON ?= python3
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --system-certs --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"
export PYTHONPATH := $(CURDIR)
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.PHONY: help demo scan deployable test prove check format docs cost evaluate bench soak lock clean

help:  ## say what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: deployable  ## deploy into a local AWS, let an attack happen, and show the mails
	$(BIN)/trailwarden local demo

scan: .venv/run  ## write a day of log files with an attack in it, and scan it
	@rm -rf build/story && mkdir -p build
	@$(BIN)/trailwarden story build/story
	$(BIN)/trailwarden scan --tuning build/story.toml build/story

deployable: .venv/run node_modules/.package-lock.json  ## install all that `npx cdk deploy` needs

test: check node_modules/.package-lock.json  ## check, and run the tests
	$(BIN)/pytest -n auto --dist loadfile

prove: .venv/dev node_modules/.package-lock.json  ## the tests that go through every case, which take longer
	$(BIN)/pytest -n auto --dist loadfile -m "exhaustive and not alone"
	$(BIN)/pytest -m alone

check: .venv/dev  ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/dev  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/run  ## write the pages on the rules
	@$(BIN)/trailwarden rules docs docs/rules

cost: .venv/dev  ## count the calls of AWS again, and write the page on costs
	$(BIN)/pytest -q -m exhaustive tests/cost/test_measured.py --keep-figures
	@$(BIN)/trailwarden cost --write docs/cost.md

evaluate: .venv/run  ## what the rules find in public samples, where they are at hand
	@$(BIN)/python -m bench.evaluate

bench: .venv/run  ## how fast a scan is
	@$(BIN)/python -m bench.scan_speed

soak: .venv/dev  ## throttle and kill a pipeline for some minutes: its alerts have to be those of a scan
	@$(BIN)/python -m bench.soak

lock: .venv/uv  ## pin what pyproject.toml asks for, with hashes
	$(LOCK) pyproject.toml --group infra --group local --group sigma -o requirements.txt
	$(LOCK) --group lambda -c requirements.txt -o requirements-lambda.txt
	$(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

clean:  ## remove what was made
	rm -rf .venv build cdk.out node_modules

.venv/uv: requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "$(PYTHON) is too old: Trailwarden needs Python 3.11 or later; say PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error

.venv/run: .venv/uv requirements.txt pyproject.toml
	$(call install,requirements.txt)

.venv/dev: .venv/run requirements-dev.txt
	$(call install,requirements-dev.txt)

# uv is several times as fast as pip, but does not read pip's configuration.
define install
@echo "installing $(1)"
@$(BIN)/uv pip install --system-certs --quiet --python .venv --require-hashes -r $(1) || $(BIN)/python -m pip install --quiet --require-hashes -r $(1)
@$(BIN)/uv pip install --quiet --python .venv --no-deps --no-build-isolation --offline --editable .
@touch $@
endef
