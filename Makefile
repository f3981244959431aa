# Everything a contributor needs; see CONTRIBUTING.md.
#
#   make run     JupyterLab with the panel open, from a fresh clone
#   make demo    the main job without a browser, step by step
#   make test    all checks and tests, in a browser too
#   make lint    the checks alone
#   make faults  200 faults injected into real builds, and a long search of the model
#   make bench   speed and memory, as ratios in one run; make bench-ui: the panel
#
# Nothing is installed outside of this directory, except with `make system` or CI=1.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .cache/stamps
CONDA_STORE_UI := .cache/conda-store-ui-2024.11.1
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

LAB_SOURCES := $(shell find src style schema -type f 2>/dev/null) package.json tsconfig.json rspack.config.js scripts/leave-out.js

.PHONY: help
help:
	@sed -n 's/^#   make/make/p' Makefile

# -- installing ------------------------------------------------------------------------------------

$(STAMPS)/python: pyproject.toml
	mkdir -p $(STAMPS)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "A virtual environment could not be made; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement pyproject.toml --group test
	touch $@

$(STAMPS)/node: package.json yarn.lock $(STAMPS)/python
	command -v node >/dev/null || { echo "Node 20 or newer is needed: https://nodejs.org"; exit 1; }
	jlpm install --immutable
	touch $@

$(STAMPS)/labextension: $(LAB_SOURCES) $(STAMPS)/node
	jlpm build:prod
	touch $@

# The project itself, editable: the server extension is enabled, the lab extension linked.
$(STAMPS)/project: pyproject.toml $(STAMPS)/labextension
	# The link of an earlier installation would let this one write into the built extension.
	rm -rf $(VENV)/share/jupyter/labextensions/jupyter-envstore
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	jupyter-builder develop --overwrite . >/dev/null
	touch $@

.PHONY: install system
install: $(STAMPS)/project

system:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null

# -- trying out ------------------------------------------------------------------------------------

.PHONY: run demo
run: install
	$(BIN)/python -m tools.run $(ARGS)

demo: install
	$(BIN)/python -m tools.demo

.cache/channels/channel.json: $(STAMPS)/python $(shell find tools/local_channel -name '*.py')
	$(BIN)/python -m tools.local_channel --out .cache/channels --generated

# -- checking --------------------------------------------------------------------------------------

.PHONY: lint format generate test test-python test-js test-ui faults
lint: install
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	jlpm lint:check
	$(BIN)/python -m tools.generate --check

format: install
	ruff format .
	ruff check --fix .
	jlpm lint

generate: install
	$(BIN)/python -m tools.generate

test-js: install
	jlpm test
	jlpm size

# conda-store's web interface as it is published, without the thirty packages that it was made of.
$(CONDA_STORE_UI)/package/dist/main.js:
	mkdir -p $(CONDA_STORE_UI)
	cd $(CONDA_STORE_UI)
	npm pack --silent @conda-store/conda-store-ui@2024.11.1
	echo "925724f88d39ec05bef67d96ce3788ed190b96331e8774f5ec22fb2204e2983b  conda-store-conda-store-ui-2024.11.1.tgz" | sha256sum --check --quiet
	tar -xzf conda-store-conda-store-ui-2024.11.1.tgz

test-ui: install .cache/channels/channel.json $(CONDA_STORE_UI)/package/dist/main.js
	@if [ -z "$(CHROMIUM)" ]; then
	  echo "Chromium is missing, so that the panel cannot be tested: run make system, or set CHROMIUM."
	  exit 1
	fi
	rm -rf .cache/ui-store && mkdir -p .cache/ui-store
	CHROMIUM="$(CHROMIUM)" ENVSTORE_TEST_STORE="$(CURDIR)/.cache/ui-store" \
	ENVSTORE_TEST_CONDA_STORE_UI="$(CURDIR)/$(CONDA_STORE_UI)/package/dist" \
	ENVSTORE_TEST_CHANNEL="file://$(CURDIR)/.cache/channels/local" jlpm test:ui

# Most of the time, tests wait for builds, servers and leases: three runs at once find two cores idle.
PYTEST_JOBS ?= 3

test-python: install .cache/channels/channel.json
	ENVSTORE_TEST_CHANNELS="$(CURDIR)/.cache/channels" pytest --numprocesses $(PYTEST_JOBS) --dist loadfile

# ARGS="--seed 17 --only 3" repeats what a line of an earlier run names.
faults: install
	$(BIN)/python -m tests.faults --count 200 $(ARGS)
	ENVSTORE_MODEL_EXAMPLES=100 pytest tests/model

# The test runners come last, so that their summaries end the output.
test:
	@if [ -n "$${CI:-}" ] && [ -z "$(CHROMIUM)" ]; then $(MAKE) system; fi
	$(MAKE) lint
	$(MAKE) test-js
	$(MAKE) test-ui
	$(MAKE) test-python

# -- measuring -------------------------------------------------------------------------------------

.PHONY: bench bench-ui
bench-ui: install .cache/channels/channel.json
	CHROMIUM="$(CHROMIUM)" ENVSTORE_TEST_CHANNEL="file://$(CURDIR)/.cache/channels/local" jlpm bench:ui

bench: install .cache/channels/channel.json
	ENVSTORE_TEST_CHANNELS="$(CURDIR)/.cache/channels" $(BIN)/python -m benchmarks $(ARGS)

.PHONY: clean
clean:
	rm -rf .venv node_modules lib .cache jupyter_envstore/labextension coverage
