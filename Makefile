# `make demo` and `make test` need Python 3.11 or later, Node 20 or later, and nothing else.

PYTHON ?= python3
PYTHONS := 3.11 3.12 3.13 3.14
VENV := .venv
BIN := $(VENV)/bin
LOCK := $(BIN)/uv pip compile --system-certs --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"
PYENV_ROOT ?= $(HOME)/.pyenv
export PYTHONPATH := $(CURDIR)
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.PHONY: help demo scan report deployable test suite prove unit matrix wheel check format docs pictures cost evaluate bench soak lock clean

help:  ## say what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: deployable  ## deploy into a local AWS, let an attack happen, and show the mails
	$(BIN)/trailwarden local demo

scan: $(VENV)/scan  ## write a day of log files with an attack in it, and scan it
	@rm -rf build/story && mkdir -p build
	@$(BIN)/trailwarden story build/story
	$(BIN)/trailwarden scan --tuning build/story.toml build/story

report: $(VENV)/scan  ## tell that day as a page, build/report.html
	@rm -rf build/story && mkdir -p build
	@$(BIN)/trailwarden story build/story
	$(BIN)/trailwarden scan --quiet --tuning build/story.toml --format html=build/report.html build/story

deployable: $(VENV)/run node_modules/.package-lock.json  ## install all that `npx cdk deploy` needs

test: $(VENV)/dev node_modules/.package-lock.json  ## check, and run the tests, at the same time
	@$(MAKE) --no-print-directory -j2 check suite

suite: $(VENV)/dev node_modules/.package-lock.json
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

prove: $(VENV)/dev node_modules/.package-lock.json  ## the tests that go through every case, which take longer
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder -m "(exhaustive or generated) and not alone"
	$(BIN)/pytest -m alone

unit: $(VENV)/dev  ## the tests that need no CDK
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder --ignore tests/infra --ignore tests/deployment

matrix:  ## `make unit` with each Python that is at hand, and say which are not
	@for version in $(PYTHONS); do \
	  python=; for found in python$$version "$(PYENV_ROOT)"/versions/$$version.*/bin/python; do \
	    "$$found" -c '' 2>/dev/null && python=$$found; \
	  done; \
	  test -n "$$python" || { lacking="$$lacking $$version"; continue; }; \
	  echo "Python $$version:"; ran="$$ran $$version"; \
	  $(MAKE) --no-print-directory unit VENV=build/matrix/$$version PYTHON="$$python" || exit 1; \
	done; \
	echo "passed:$${ran:- none}; not at hand:$${lacking:- none}"; test -n "$$ran"

wheel: $(VENV)/uv  ## build build/wheel/*.whl, whose bytes depend on the commit alone
	@rm -rf build/wheel build/source && mkdir -p build/source
	@git archive HEAD pyproject.toml README.md LICENSE lambdas/trailwarden | (umask 022; tar -xm --no-same-permissions -C build/source)
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/uv build --quiet --offline --no-build-isolation --python $(VENV) --wheel --out-dir build/wheel build/source
	@rm -rf build/source && ls build/wheel/*.whl

check: $(VENV)/dev  ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/dev  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/run  ## write the pages on the rules, and the list of this version
	@$(BIN)/trailwarden rules docs docs/rules --release

pictures: $(VENV)/run  ## draw the pictures of the README again
	@$(BIN)/python -m bench.pictures

cost: $(VENV)/dev  ## count the calls of AWS again, and write the page on costs
	$(BIN)/pytest -q -m exhaustive tests/cost/test_measured.py --keep-figures
	@$(BIN)/trailwarden cost --write docs/cost.md

evaluate: $(VENV)/run  ## what the rules find in public samples, where they are at hand
	@$(BIN)/python -m bench.evaluate

bench: $(VENV)/run  ## how fast a scan is
	@$(BIN)/python -m bench.scan_speed

soak: $(VENV)/dev  ## throttle and kill a pipeline for some minutes: its alerts have to be those of a scan
	@$(BIN)/python -m bench.soak

lock: $(VENV)/uv  ## pin what pyproject.toml asks for, with hashes
	$(LOCK) pyproject.toml --extra geo --extra sigma --group infra --group local -o requirements.txt
	$(LOCK) pyproject.toml -c requirements.txt -o requirements/scan.txt
	$(LOCK) --group install -c requirements.txt -o requirements/install.txt
	$(LOCK) --group lambda -c requirements.txt -o requirements/lambda.txt
	$(LOCK) pyproject.toml --extra geo --extra sigma --group dev -c requirements.txt -o requirements/dev.txt
	$(LOCK) --group lake -c requirements/dev.txt -o requirements/lake.txt

clean:  ## remove what was made
	rm -rf .venv build cdk.out node_modules

$(VENV)/uv: requirements/install.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "$(PYTHON) is too old: Trailwarden needs Python 3.11 or later; say PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error

$(VENV)/scan: $(VENV)/uv requirements/scan.txt pyproject.toml
	$(call install,requirements/scan.txt)

$(VENV)/run: $(VENV)/scan requirements.txt
	$(call install,requirements.txt)

$(VENV)/dev: $(VENV)/run requirements/dev.txt
	$(call install,requirements/dev.txt)

# uv is several times as fast as pip, but does not read pip's configuration.
define install
@echo "installing $(1)"
@$(BIN)/uv pip install --system-certs --quiet --python $(VENV) --require-hashes -r $(1) || $(BIN)/python -m pip install --quiet --require-hashes -r $(1)
@$(BIN)/uv pip install --quiet --python $(VENV) --no-deps --no-build-isolation --offline --editable .
@touch $@
endef
