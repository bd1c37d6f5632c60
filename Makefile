# Two commands on a fresh machine: `make demo` and `make test`. Everything they need is made in .venv.
#
# For CI: `make -k validate render plan drift` print their verdicts and leave JSON and JUnit under build/. make turns every
# exit code but 0 into 2, so scripts read it there (the keys "outcome" and "exit_code"). docs/ci.md has whole examples.

PYTHON    ?= python3
VENV      ?= .venv
INVENTORY ?= inventory
CLUSTER   ?=
TEMPLATE  ?=
LIMIT     ?=
EXCLUDE   ?=
ARGS      ?=
BIN       := $(VENV)/bin
AGENT     := $(BIN)/filestore-agent
READY     := $(VENV)/.ready

# The values travel as environment variables and are quoted by the shell, never pasted into a command.
export INVENTORY CLUSTER TEMPLATE LIMIT EXCLUDE ARGS
CHOICE = --inventory "$$INVENTORY" $${CLUSTER:+--cluster "$$CLUSTER"} $${TEMPLATE:+--template "$$TEMPLATE"} \
         $${LIMIT:+--limit "$$LIMIT"} $${EXCLUDE:+--exclude "$$EXCLUDE"}
# What an earlier run left must not be taken for the verdict of one that could not even begin.
# ARGS is split at its blanks, and nothing in it is filled in.
LEAVE  = rm -f build/$@.json build/$@.xml && set -f && \
         $(AGENT) $@ $(CHOICE) --json-out build/$@.json --junit build/$@.xml $$ARGS

.PHONY: help demo test cover soak soak-kills check validate render plan drift bench dist clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20
	@echo
	@echo '  validate, render, plan and drift leave build/TARGET.json and build/TARGET.xml (JUnit), and heed, as in'
	@echo '  make drift CLUSTER=prod LIMIT=jira-1:'
	@echo '    INVENTORY     folder of cluster files (default inventory)'
	@echo '    CLUSTER       which one, or all; plan takes one'
	@echo '    TEMPLATE      template file'
	@echo '    LIMIT         only these nodes'
	@echo '    EXCLUDE       all but these nodes'
	@echo '    ARGS          further words for the task, such as --strict for validate'

demo: $(READY) ## an embedded three-node cluster on this machine, the whole story on it
	@$(AGENT) demo

test: $(READY) ## the tests; those that need a real sshd or root say so when they are skipped
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

soak: $(READY) ## many more simulated rollouts: FILESTORE_AGENT_MINUTES=5, _ROLLOUTS=n, or _SEED=n for the story of one
	$(BIN)/python -m tests.simulator

soak-kills: $(READY) ## many more kills of real controllers: FILESTORE_AGENT_KILLS=n, and _KILLS_SEED=n to see some again
	FILESTORE_AGENT_KILLS=$${FILESTORE_AGENT_KILLS:-120} \
	FILESTORE_AGENT_KILLS_SEED=$${FILESTORE_AGENT_KILLS_SEED:-$$(date +%s)} \
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/journeys/test_killed.py $(ARGS)

cover: $(READY) ## every branch of the rollout, of planning and of the journal is run by their own tests
	$(BIN)/python -m pytest -q -n 2 tests/core/rollout tests/core/planning tests/conductor tests/edges \
	  --cov=agent/core/rollout --cov=agent/core/planning --cov=agent/edges/journal --cov-branch \
	  --cov-report=term-missing:skip-covered --cov-fail-under=100

check: $(READY) ## format, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

validate: $(READY) | build ## check inventory, template and documents; no key, no network
	@$(LEAVE)

render: $(READY) | build ## write the documents to build/render; no key, no network
	@$(LEAVE) --out build/render

plan: $(READY) | build ## what would be done; the nodes are looked at
	@$(LEAVE)

drift: $(READY) | build ## is every node as it should be; the nodes are looked at
	@$(LEAVE)

bench: $(READY) ## cold drift and push on real sshd nodes, beside the floor and plain Fabric
	$(BIN)/python -m benchmarks $(ARGS)

dist: $(READY) ## the wheel
	$(BIN)/python -m hatchling build -t wheel

clean: ## remove what make made
	rm -rf $(VENV) build dist

build:
	@mkdir -p build

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; say which: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
