# Deskphone: the commands that people and CI use. `make help` lists them.
#
# What each does is promised in README.md; how is in image/setup/ and in the
# configuration of the tools, pyproject.toml.

.DEFAULT_GOAL := help
.PHONY: help run test bench image boot-test lint lock clean
SHELL := /bin/bash

VENV := .venv/bin
SETUP := image/setup/setup.sh
UV := build/uv/bin/uv
UV_VERSION := 0.13.9
SHELL_SCRIPTS = $(shell git ls-files --cached --others --exclude-standard '*.sh' .ci/run \
    image/boot/init image/files/usr/lib/deskphone-system)

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## a simulated desk unit at an embedded PBX; without a terminal, the demonstration
	@$(SETUP) run
	@if [ -t 0 ] && [ -t 1 ]; then \
	    exec $(VENV)/deskphone simulate; \
	else \
	    exec $(VENV)/python -m appliance.demo.play --out build/demo; \
	fi

# The tests get networks of their own where this machine lets the user have
# them, and run file by file on every core: most of them wait for a wire. The
# longest file comes first. Each branch of the core must have been taken by the
# core's own tests (both: tests/conftest.py); what was not is listed.
test: ## every test that a machine without a Pi can run, against real peers
	@$(SETUP) test
	@mkdir -p build/coverage
	@tests/peers/isolated.sh $(VENV)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
	    --cov=appliance/phone --cov-branch --cov-fail-under=100 \
	    --cov-report=term-missing:skip-covered

bench: ## side-by-side measurements with other SIP phones
	@$(SETUP) bench
	@$(VENV)/python -m tests.bench --out build/bench

image: ## the bootable image for an SD card, in build/image
	@image/build.sh

boot-test: image ## boot it in an emulator and prove that it is a phone
	@$(SETUP) lint
	@PYTHONPATH=. $(VENV)/python image/boot_test/boot_test.py

lint: ## formatter, linter, strict types, shellcheck, layering
	@$(SETUP) lint
	@failed=; check() { echo "== $$*"; "$$@" || failed="$$failed $${1##*/}"; }; \
	check $(VENV)/ruff format --check; \
	check $(VENV)/ruff check; \
	check $(VENV)/mypy; \
	check $(VENV)/lint-imports --no-logo; \
	check shellcheck $(SHELL_SCRIPTS); \
	[ -z "$$failed" ] || { echo "make lint: failed:$$failed"; exit 1; }

# One resolution for every Python and machine served; hashes of every file; no
# index named, so that each machine asks the one it is configured for.
LOCK = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 \
    --generate-hashes --custom-compile-command 'make lock'
lock: ## resolve the lock files anew from pyproject.toml
	@[ -x $(UV) ] || { /usr/bin/python3 -m venv build/uv && build/uv/bin/pip install --quiet uv==$(UV_VERSION); }
	$(LOCK) --group pyproject.toml:build --output-file requirements-build.txt
	$(LOCK) pyproject.toml --extra demo --output-file requirements.txt
	$(LOCK) pyproject.toml --extra unit --output-file requirements-unit.txt --constraint requirements.txt
	$(LOCK) pyproject.toml --extra demo --extra dev --output-file requirements-dev.txt --constraint requirements.txt
	$(LOCK) pyproject.toml --extra demo --extra dev --extra bench --output-file requirements-bench.txt --constraint requirements-dev.txt

clean: ## remove what was built here (the wheel and the peers stay cached)
	rm -rf build .venv *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
