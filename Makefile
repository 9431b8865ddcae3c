# Works with GNU make 3.81 (macOS) and later. `make` alone lists what there is.

PY := .venv/bin/python
# full: long runs of what is long for length's sake; small: a few minutes in all.
TEST_SIZE ?= small
# Two for each of two cores: much of the tests is waiting for a browser, or for time to pass.
TEST_PROCESSES ?= 4
PYTEST_ARGS ?=
# Origins of pages of one's own that may call the one-machine stack: ALLOW="http://localhost:3000 …".
ALLOW ?=
# How many simulated workers `make stack` brings.
CROWD ?=
# How often, beside how many burning processes, and which tests `make busy` runs.
BUSY_ROUNDS ?= 3
BUSY_BURNERS ?= 4
BUSY_TESTS ?= tests/browser tests/integration

# Set by some images; without bytecode every process that a test starts compiles all there is, anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-deploy demo stack marketplace check test soak busy clean chromium
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 16
	@echo "  make demo ONCE=1   asks the questions of examples/poll/questions.csv, checks the answers, stops"

# Where all is installed, what running needs is among it.
RUNNING := $(if $(wildcard .venv/.stamp),.venv/.stamp node_modules/.stamp,.venv/.run-stamp node_modules/.run-stamp)

setup: .venv/.stamp node_modules/.stamp ## everything: what runs, the tests and their tools

setup-run: $(RUNNING) ## what the demo, the stack and the marketplace need

setup-deploy: .venv/.deploy-stamp ## what deploying and operating a stage needs, and no more

.venv/.run-stamp: requirements-run.lock
	@scripts/setup.sh run
	@touch $@

node_modules/.run-stamp: package.json package-lock.json .venv/.run-stamp
	@scripts/setup.sh engine
	@touch $@

.venv/.deploy-stamp: requirements-deploy.lock package.json package-lock.json
	@scripts/setup.sh deploy
	@touch $@

.venv/.stamp: requirements-dev.lock
	@scripts/setup.sh venv
	@touch $@

node_modules/.stamp: package.json package-lock.json .venv/.stamp
	@scripts/setup.sh node
	@touch $@

chromium: setup
	@scripts/setup.sh chromium

demo: setup-run ## the whole system with a simulated crowd and a poll to ask it (Ctrl-C ends it)
	@exec $(PY) -m local.demo $(if $(filter-out 0,$(ONCE)),--once) $(addprefix --allow ,$(ALLOW))

stack: setup-run ## the system without the demo; CROWD=12 brings twelve simulated workers
	@exec $(PY) -m local $(addprefix --crowd ,$(CROWD)) $(addprefix --allow ,$(ALLOW))

marketplace: setup-run ## the marketplace alone: endpoint, keys, an invitation, lines to paste
	@exec $(PY) -m local.marketplace $(addprefix --allow ,$(ALLOW))

check: setup ## style, types, import rules, the pages' JavaScript
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	npm run --silent check
	npm test --silent

test: check chromium ## everything: style, types, unit, integration, browser, deployment
	TEST_SIZE=$(TEST_SIZE) .venv/bin/pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

soak: ## the same tests at full length
	@$(MAKE) test TEST_SIZE=full

busy: chromium ## what depends on time, again and again beside processes that burn the processor
	TEST_SIZE=$(TEST_SIZE) $(PY) -m tests.busy --rounds $(BUSY_ROUNDS) --burners $(BUSY_BURNERS) \
		-q -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(BUSY_TESTS) $(PYTEST_ARGS)

clean: ## remove the state of the stack and all caches (not the packages)
	rm -rf .state .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
