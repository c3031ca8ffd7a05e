# The one door to this project. `make help` lists what it opens.
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

# Downloads are not cached outside this folder, so that deleting it deletes everything.
.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python >= 3.11 is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing the Python packages into .venv ..."
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >.venv/uv.lock
	@$(BIN)/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r .venv/uv.lock \
	  >.venv/install.log 2>&1 || { cat .venv/install.log >&2; exit 1; }
	@$(UV) sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
	  || { echo "Node >= 20 is needed; found: $$(node --version 2>&1 || true)" >&2; exit 1; }
	@echo "Installing the CDK CLI into node_modules ..."
	@npm ci --loglevel=error --cache .local/npm-cache >/dev/null
	@touch $@

.PHONY: install
install: $(INSTALLED) ## Install the pinned Python packages and the CDK CLI into this folder.

.PHONY: lock
lock: .venv/.installed ## Pin the newest allowed Python packages in requirements.lock.
	@$(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-header --no-emit-index-url --no-emit-find-links --extra local --extra dev pyproject.toml -o requirements.lock
