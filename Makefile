# Every command of the project. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
UV := UV_CACHE_DIR=.local/uv-cache $(BIN)/uv pip
INSTALLED := .venv/.installed node_modules/.package-lock.json

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

# In CI nothing is built from source: the build tools are in no lock file.
WHEELS := $(if $(CI),--only-binary :all:)

# Bytecode is kept even where containers tell Python not to write it: compiling the modules of
# aws-cdk-lib takes three times as long as the rest of a synthesis.
unexport PYTHONDONTWRITEBYTECODE

# Both are checked before anything is installed: nobody waits for packages that can't be used.
CHECK_PYTHON = command -v '$(PYTHON)' >/dev/null \
  || { echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not in PATH. Name another one: make $(or $(MAKECMDGOALS),install) PYTHON=python3.12" >&2; exit 1; }; \
  '$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || { echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$('$(PYTHON)' --version 2>&1). Name another one: make $(or $(MAKECMDGOALS),install) PYTHON=python3.12" >&2; exit 1; }
CHECK_NODE = command -v node >/dev/null \
  || { echo "Node.js 20 or newer is needed, and 'node' is not in PATH. Install it: https://nodejs.org" >&2; exit 1; }; \
  node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
  || { echo "Node.js 20 or newer is needed, and 'node' is $$(node --version 2>&1). Install a newer one: https://nodejs.org" >&2; exit 1; }
# The packages are built and locked without Node.
CHECK_TOOLS = $(CHECK_PYTHON)$(if $(filter-out build lock,$(or $(MAKECMDGOALS),install)),; $(CHECK_NODE))

# Downloads are not cached outside this folder, so that deleting it deletes everything.
.venv/.installed: requirements.lock pyproject.toml
	@$(CHECK_TOOLS)
	@echo "Installing the Python packages into .venv ..."
	@'$(PYTHON)' -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >.venv/uv.lock
	@$(BIN)/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes $(WHEELS) -r .venv/uv.lock \
	  >.venv/install.log 2>&1 || { cat .venv/install.log >&2; exit 1; }
	@$(UV) sync --quiet --python $(BIN)/python --require-hashes $(WHEELS) requirements.lock
	@$(UV) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	@$(CHECK_TOOLS)
	@echo "Installing the npm packages into node_modules ..."
	@npm ci --loglevel=error --cache .local/npm-cache >/dev/null
	@touch $@

.PHONY: install
install: $(INSTALLED) ## Install the pinned Python and npm packages into this folder.

# jsii's notices about Node releases: nobody can act on them in the middle of a deployment.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20,21,22,23,24,25
export JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
# The caches of jsii, the CLI and matplotlib stay in this folder.
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/.local/jsii
export CDK_HOME := $(CURDIR)/.local/cdk-home
export MPLCONFIGDIR := $(CURDIR)/.local/matplotlib

TARGET ?= local
# Passed to the shell as environment variables, exactly as typed: their content stays text.
ARGUMENTS := STUDIO_ID SESSION_ID BACKUP_ID ENDPOINT_URL TRIGGERS
$(foreach name,$(ARGUMENTS),$(eval override $(name) := $$(value $(name))))
export $(ARGUMENTS)
CONTEXT := $${STUDIO_ID:+-c "studio_id=$$STUDIO_ID"} $${SESSION_ID:+-c "session_id=$$SESSION_ID"} \
  $${BACKUP_ID:+-c "backup_id=$$BACKUP_ID"} $${ENDPOINT_URL:+-c "endpoint_url=$$ENDPOINT_URL"} \
  $${TRIGGERS:+-c "triggers=$$TRIGGERS"}

.PHONY: deploy
deploy: $(INSTALLED) ## Deploy to the local cloud; to your account with TARGET=aws STUDIO_ID=... SESSION_ID=...
	$(CHECKED)@$($(TARGET)-deploy)

.PHONY: destroy
destroy: $(INSTALLED) ## Delete the stack and end the local cloud; with TARGET=aws, delete only the stack.
	$(CHECKED)@$($(TARGET)-destroy)

local-deploy := $(BIN)/python -m nimble_local.cloud deploy
local-destroy := $(BIN)/python -m nimble_local.cloud destroy
# The app reports an error in one line; the CLI would add several of its own.
aws-deploy = $(BIN)/python app.py --check $(CONTEXT) && node_modules/.bin/cdk deploy --no-notices $(CONTEXT)
aws-destroy = $(BIN)/python app.py --check $(CONTEXT) && node_modules/.bin/cdk destroy --no-notices $(CONTEXT)
CHECKED = $(if $($(TARGET)-deploy),,$(error TARGET is '$(TARGET)': it must be local or aws))

.PHONY: lint
lint: $(INSTALLED) ## Check style and types.
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary

.PHONY: format
format: $(INSTALLED) ## Sort imports, fix what ruff can fix, and format.
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet

.PHONY: unit
unit: $(INSTALLED) ## Run the function's unit tests, without the slow ones: under a minute.
	@HYPOTHESIS_PROFILE=quick $(BIN)/pytest --quiet --numprocesses 2 --dist loadgroup --hypothesis-seed=$(SEED) \
	  -m 'not slow' $(UNIT) \
	  || { echo "Run the same random examples again with: make unit SEED=$(SEED)" >&2; exit 1; }
UNIT := tests/unit/function tests/unit/declared tests/unit/benchmarks tests/contract

# No package registry has a browser. Debian does; elsewhere, or without root, people install it.
.PHONY: browser
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null && command -v chromedriver >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	    && echo "Installing Chromium with apt-get, to test the page in ..." \
	    && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
	      chromium chromium-driver fonts-dejavu-core >/dev/null; } \
	  || { echo "The page is tested in Chromium. Install it and its driver: sudo apt-get install chromium chromium-driver" >&2; exit 1; }

# What each process of the tests would otherwise do for itself: unpack jsii's files, and compile
# aws-cdk-lib and the tests. Nothing is done if no source has changed since the last time.
.PHONY: compiled
COMPILED := .local/.compiled
SOURCES := $(INSTALLED) benchmarks constructs examples lambda local tests tools
compiled: $(INSTALLED)
	@[ -e $(COMPILED) ] && [ -z "$$(find $(SOURCES) -newer $(COMPILED) -type f ! -name '*.pyc' -print -quit)" ] && exit; \
	  own=$$(mktemp -d) && trap 'rm -rf "$$own"' EXIT \
	  && CDK_VALIDATION=false CDK_OUTDIR="$$own/cdk.out" $(BIN)/python examples/one_session/app.py \
	  && { $(BIN)/pytest --collect-only -qq >"$$own/tests" || { cat "$$own/tests"; exit 1; }; } \
	  && touch $(COMPILED)

# A separate state folder leaves the local cloud of `make deploy` alone. A separate temporary folder
# is removed at the end, since jsii doesn't clean up after Ctrl-C. Four processes keep two cores busy,
# since two mostly wait for stacks.
.PHONY: test
test: $(INSTALLED) ## Run everything that CI runs; SEED=... repeats the random examples of a run.
	@echo "Checking style and types, and compiling the tests ..."
	@$(MAKE) --no-print-directory --jobs 3 browser lint compiled
	@own=$$(mktemp -d) && trap 'rm -rf "$$own"' EXIT && export TMPDIR="$$own" \
	  && $(BIN)/pytest --numprocesses 4 --dist loadgroup --max-worker-restart 0 --cov --cov-report= --durations 5 --quiet --hypothesis-seed=$(SEED) \
	  || { echo "Run the same random examples again with: make test SEED=$(SEED)" >&2; exit 1; }
	@$(BIN)/coverage report --fail-under=100 \
	  || { echo "Every branch of lambda/ needs a test; see the table above." >&2; exit 1; }
	@echo "Random examples from SEED=$(SEED)."
ifndef SEED
SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif

MUTMUT := mutmut==3.8.1
MUTATE := .local/mutate

# Not in CI: it takes minutes, and people have to judge the survivors. mutmut takes a module's name
# from its path, and nothing can be imported from "lambda", so the code is copied to another folder.
.PHONY: mutate
mutate: $(INSTALLED) ## Break the function's decisions one by one and list the changes that no test notices.
	@rm -rf $(MUTATE) && mkdir -p $(MUTATE)/tests/unit $(MUTATE)/docs
	@cp -r lambda $(MUTATE)/src && cp -r tests/support tests/conftest.py $(MUTATE)/tests/ && cp docs/operations.md $(MUTATE)/docs/
	@cp -r tests/unit/function $(MUTATE)/tests/unit/
	@rm $(MUTATE)/tests/unit/function/{test_another_service,test_handler,test_state_machine,test_text_and_tables,cloudformation/test_delivery,wait/test_crowds,wait/test_pace}.py
	@cp tests/mutation/pyproject.toml $(MUTATE)/
	@$(UV) install --quiet --python $(BIN)/python --target $(MUTATE)/tool $(MUTMUT)
	@cd $(MUTATE) && PYTHONPATH=tool $(CURDIR)/$(BIN)/python -m mutmut run --max-children 2 >run.log || { cat run.log; exit 1; }
	@cd $(MUTATE) && PYTHONPATH=tool $(CURDIR)/$(BIN)/python -m mutmut results

# CI plays only a dozen stories: a thousand take about 20 minutes. JOBS=12 plays 12 at a time, and
# ONLY=sessions or ONLY=declared plays stories of one kind.
.PHONY: soak
soak: $(INSTALLED) ## Play N=1000 random stacks against random faults; SEED=... STORY=... repeats one of them.
	@PYTHONPATH=constructs:lambda:local:tests/support:tools $(BIN)/python -m soak --seed $(SEED) \
	  $(if $(STORY),--story $(STORY),--count $(or $(N),1000)) $(if $(JOBS),--jobs $(JOBS)) \
	  $(if $(ONLY),--only $(ONLY))

AUDIT := pip-audit==2.10.1

# CI runs only the first line: the others ask registries, and not every mirror serves advisories.
.PHONY: audit
audit: $(INSTALLED) ## Check licences, pins and secrets, and ask the registries for known vulnerabilities.
	@$(BIN)/pytest --quiet tests/security/test_supply.py
	@$(UV) install --quiet --python $(BIN)/python --target .local/audit $(AUDIT)
	@failed=; PYTHONPATH=.local/audit $(BIN)/python -m pip_audit --strict --require-hashes --disable-pip \
	  --progress-spinner off --requirement requirements.lock || failed=PyPI; \
	  npm audit --cache .local/npm-cache || failed="$$failed npm"; \
	  [ -z "$$failed" ] || { echo "See above: $$failed reported advisories, or could not be asked." >&2; exit 1; }

.PHONY: build
build: .venv/.installed ## Build the wheel and the sdist into dist/.
	@$(BIN)/python -m build --no-isolation --outdir dist . >/dev/null

# The tests of the package, with the files that would be uploaded.
.PHONY: release-check
release-check: $(INSTALLED) ## Build a release, check it, and try it as a user would.
	@rm -rf dist
	@$(MAKE) --no-print-directory build
	@DIST=dist $(BIN)/pytest tests/package --numprocesses 2 --dist loadgroup --quiet
	@echo "dist/ is ready to be released as $(VERSION). The next steps are in docs/releasing.md."
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

COMPILE := compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
  --no-header --no-emit-index-url --no-emit-find-links pyproject.toml

.PHONY: lock
lock: .venv/.installed ## Pin the newest allowed Python packages, and the lowest declared ones for a test.
	@$(UV) $(COMPILE) --extra local --extra dev -o requirements.lock
	@$(UV) $(COMPILE) --resolution lowest-direct -o tests/package/lowest.lock

.PHONY: tables
tables: .venv/.installed ## Write the tables of AWS services that cdk_waiter ships.
	@PYTHONPATH=constructs:tools $(BIN)/python -m tables

.PHONY: reference
reference: .venv/.installed ## Write docs/reference.md from the code.
	@PYTHONPATH=constructs:lambda:tests/support:tools $(BIN)/python -m reference

.PHONY: screenshots
screenshots: $(INSTALLED) browser ## Take the pictures of the emulator's page in docs/images.
	@PYTHONPATH=tests/support:tools $(BIN)/python -m screenshots

# The benchmark measures the function, and uses the tests' simulation.
.PHONY: bench
bench: $(INSTALLED) ## Measure this project against its alternatives; QUICK=1 only checks that it runs.
	@PYTHONPATH=benchmarks:lambda:tests/support $(BIN)/python -m harness $(if $(QUICK),--quick) \
	  $(if $(ROWS),--rows $(ROWS)) $(if $(RESULTS),--results $(RESULTS)) \
	  $(if $(filter command% environment%,$(origin SEED)),--seed $(SEED))

.PHONY: bench-page
bench-page: .venv/.installed ## Write docs/benchmarks.md, its plots and the README's numbers from the results.
	@PYTHONPATH=benchmarks:lambda:tests/support $(BIN)/python -m harness.report.page
