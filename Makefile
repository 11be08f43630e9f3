# What people and CI both run. Needs make and Python 3.11 or newer (`.ci/make-venv` gets what else Python needs); uv makes it faster where it is there.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
INSTALL = $(if $(UV),uv pip install --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check)
TESTS  ?= tests
SAMPLE ?= $(or $(LAYERTUI_SAMPLE),$(shell git rev-parse HEAD 2>/dev/null),none)
# With bytecode, whatever the environment says: without it each of the hundreds of programs that the tests start would compile all modules again.
# More workers than cores: many tests wait for the kernel, and those of test-all for daemons and terminals too.
MORE = 1
test-all test-whole: MORE = 2
WORKERS = $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + $(MORE))')
PYTEST  = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: help run test test-all test-whole check format docs catalogues screenshots recording bench security fuzz soak dist clean

help:            ## list the targets
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: $(VENV)/.run         ## put the demo images into the store and open the terminal UI
	@$(BIN)/layertui demo --no-ui && exec $(BIN)/layertui

test: $(VENV)/.dev        ## run the quick tests, which need nothing but Python; TESTS=tests/core for some of them
	LAYERTUI_SAMPLE= $(PYTEST) -m 'not slow and not oracle' --hypothesis-profile=quick $(TESTS)

test-all: $(VENV)/.all  ## run the slow tests too, and those with real peers: a sample that SAMPLE draws, any text, by itself the commit
	LAYERTUI_SAMPLE='$(SAMPLE)' $(PYTEST) $(TESTS)

test-whole: $(VENV)/.all  ## run all tests, with all their cases: hours
	LAYERTUI_SAMPLE= $(PYTEST) $(TESTS)

check: $(VENV)/.dev       ## lint, format, types, and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd .typing && ../$(BIN)/lint-imports --config ../pyproject.toml

format: $(VENV)/.dev      ## let ruff format and fix what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.dev        ## write docs/cli.md, docs/keys.md and the manual pages from the program itself
	$(BIN)/python docs/generate.py

catalogues: $(VENV)/.dev  ## bring the catalogues of translations up to date with the texts of the code
	$(BIN)/python docs/catalogues.py

recording: $(VENV)/.dev   ## record screenshots/journey.cast and journey.svg again (needs a runtime, as `layertui start` does)
	$(BIN)/python screenshots/record.py

screenshots: $(VENV)/.dev ## make the pictures in screenshots/ again (needs rsvg-convert and Fira Code)
	$(BIN)/python screenshots/make.py

bench: $(VENV)/.all     ## measure ours beside its peers; writes benchmarks/RESULTS.md and KEYS.md
	$(BIN)/python benchmarks/run.py

security: $(VENV)/.fuzz   ## try everything hostile, and write what came of it into docs/security.md; PARTS="inputs fuzz" for some of it
	$(BIN)/python tests/hostile/tally.py --seconds $(or $(SECONDS),60) --minutes $(or $(MINUTES),30) $(PARTS)

fuzz: $(VENV)/.fuzz       ## feed every reader with what a fuzzer makes up; SECONDS=60 for each
	$(BIN)/python tests/fuzz/run.py --seconds $(or $(SECONDS),60)

soak: $(VENV)/.dev        ## leave the screen open, with keys and containers that come and go, and see that it does not grow; MINUTES=30
	$(BIN)/python tests/soak/soak.py --minutes $(or $(MINUTES),30)

dist: $(VENV)/.dev        ## the wheel and the sdist, the same bytes for the same commit
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}; export SOURCE_DATE_EPOCH; \
	[ "$$SOURCE_DATE_EPOCH" ] || { echo 'error: dist needs the date of the commit: apt install git, or set SOURCE_DATE_EPOCH' >&2; exit 1; }; \
	$(BIN)/python -c 'import sys; sys.path.insert(0, ".ci"); import build_backend as it; print(it.build_sdist("dist"), it.build_wheel("dist"), sep="\n")'

clean:           ## remove what the other targets made
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .typing/.import_linter_cache benchmarks/.images

# Written last, so that a virtual environment that was not made to its end does not count. In it stands where it was made: the programs
# of a virtual environment name its folder, so where this folder was moved or renamed, or its Python is gone, a new one is made.
MADE := $(VENV)/.made
ifneq ($(shell test -x $(BIN)/python && cat $(MADE) 2>/dev/null),$(CURDIR))
.PHONY: $(MADE)
endif
$(MADE):
	@PYTHON='$(PYTHON)' .ci/make-venv $(VENV)
	@echo '$(CURDIR)' >$@

# A stamp a set of packages, newer than pyproject.toml: a second run sets nothing up.
$(VENV)/.run: pyproject.toml $(MADE)
	$(INSTALL) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml $(MADE)
	$(INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.all: pyproject.toml $(VENV)/.dev
	$(INSTALL) -e '.[dev,dev-catalog,bench]'
	@touch $@

$(VENV)/.fuzz: pyproject.toml $(VENV)/.dev
	$(INSTALL) -e '.[dev,fuzz]'
	@touch $@
