# Two commands do all set-up on a fresh machine: `make run` runs chatd, `make test` passes its tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROGRAMS := chromium tmux
CODE := chatd tests docs benchmarks tools tools/boot-service
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.DEFAULT_GOAL := help
.PHONY: help run test lint try-service clean programs

help:
	@echo "make run    install into $(VENV) and start chatd with etc/chatd.toml"
	@echo "make test   install what the tests need and run them all"
	@echo "make lint   ruff and mypy"
	@echo "make bench  compare chatd with its peers: under 15 minutes, writes benchmarks/RESULTS.md"
	@echo "make soak   20 minutes of everything at once, writes benchmarks/SOAK.md"
	@echo "make clean  remove what these made"
	@echo "make try-service  boot a Debian with the systemd units and try them: root, minutes"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { $(SUDO) apt-get update && $(SUDO) apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); }
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.installed-tests: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[test,lint]'
	touch $@ $(VENV)/.installed

run: $(VENV)/.installed
	$(BIN)/chatd start --config etc/chatd.toml

test: $(VENV)/.installed-tests programs
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# What the tests drive from outside; Debian's packages have the names of their programs.
programs:
	@missing=; for one in $(PROGRAMS); do command -v $$one >/dev/null || missing="$$missing $$one"; done; \
	[ -z "$$missing" ] || { $(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends $$missing; }

lint: $(VENV)/.installed-tests
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

try-service:
	$(SUDO) tools/boot-service

clean:
	rm -rf $(VENV) build *.egg-info

include benchmarks/bench.mk
