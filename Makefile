# make demo             install, train small models and watch them
# make test             style, types, floors and every test, a real browser included; with
#                       LRDOCTOR_SEARCH=1 properties are tried on other examples each time
# make test-faults      200 kills, thousands of faults in any order, and an hour of a growing log
# make test-frameworks  install the real frameworks, let each write its logs anew, and read them
# make bench            one table of speeds, beside peers
# make bench-ui         one table of what a viewer waits for, beside TensorBoard's page
# make evaluate         diagnose recorded runs, here and with other tools: tests/evaluation/RESULTS.md
# make prove            retrain for real, follow the advice: tests/evaluation/PROOF.md (10 CPU minutes)
# make prove-gpu        the same with a ResNet and a small GPT, where there is a GPU: PROOF_GPU.md
# make pictures         take the README's pictures of the demo's trainings, in a real browser
# make clean            remove what the others made

VENV := .venv
TOOLS := .venv-tools
BIN := $(VENV)/bin
NEEDED := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
# The first interpreter that is new enough and complete; PYTHON=/path/to/python chooses another.
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
PYTHON ?= $(firstword $(foreach each,$(CANDIDATES),$(shell $(each) -c '$(NEEDED)' 2>/dev/null && echo $(each))))
WORKERS ?= 2
# Which frameworks test-frameworks installs (7 GB for all of them): names in tests/frameworks/recorders.
RECORDERS ?=

.PHONY: demo test test-faults test-frameworks bench bench-ui evaluate prove prove-gpu pictures clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/lrdoctor demo

test: $(VENV)/.installed-test $(VENV)/.chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n $(WORKERS) --ignore=tests/browser
	@# Once more as where there is no compiler.
	LRDOCTOR_PURE=1 $(BIN)/pytest -n $(WORKERS) tests/readers tests/signals tests/rules \
	  tests/laws/test_readers.py tests/laws/test_signals.py tests/faults/test_records.py
	@# On their own: the screen they look at is served from threads of the test process, which
	@# must not share it with tests that replace parts of the os module.
	$(BIN)/pytest -n $(WORKERS) --dist worksteal tests/browser

test-faults: $(VENV)/.installed-test $(VENV)/.chromium
	$(BIN)/pytest -n $(WORKERS) -m thorough tests/faults
	$(BIN)/pytest -m thorough tests/browser

test-frameworks: $(VENV)/.installed-test
	@$(BIN)/python -m tests.frameworks.live --workers $(WORKERS) $(RECORDERS)

bench: $(VENV)/.installed-test .venv-peers/.installed
	@$(BIN)/python -m tests.benchmarks.bench
	@$(BIN)/python -m tests.benchmarks.followed

bench-ui: $(VENV)/.installed-test $(VENV)/.chromium .venv-peers/.installed
	@$(BIN)/python -m tests.benchmarks.screen

evaluate: $(VENV)/.installed-test $(TOOLS)/.installed
	@OMP_NUM_THREADS=1 $(BIN)/python tests/evaluation/evaluate.py \
	  $$(test ! -x $(TOOLS)/bin/runmedic || echo --peers $(TOOLS)/bin/python)

prove: .venv-prove/.installed
	@OMP_NUM_THREADS=1 .venv-prove/bin/python -m tests.prove.prove --workers $(WORKERS)

prove-gpu: .venv-prove/.installed
	@OMP_NUM_THREADS=1 .venv-prove/bin/python -m tests.prove.prove --gpu --workers $(WORKERS)

pictures: $(VENV)/.installed-test $(VENV)/.chromium
	@$(BIN)/python -m tests.browser.readme_pictures

clean:
	rm -rf $(VENV) $(TOOLS) .venv-peers .venv-frameworks .venv-prove build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@"$(PYTHON)" -c '$(NEEDED)' 2>/dev/null || { echo "make: Python 3.11 or newer with its venv module is needed; tried: $(or $(PYTHON),$(CANDIDATES)). On Debian and Ubuntu: apt-get install python3 python3-venv" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

# Installing compiles what reads and smooths fastest; where there is no C compiler lrdoctor does without.
COMPILED := hatch_build.py $(wildcard lrdoctor/*/native/*)

$(VENV)/.installed: pyproject.toml $(COMPILED) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml $(COMPILED) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed

# What the benchmarks are beside, in an environment of its own.
.venv-peers/.installed: | $(BIN)/python
	$(BIN)/python -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check setuptools \
	    tensorboard tensorboard-data-server tbparse pandas polars msgspec
	@touch $@

# Other tools live apart, so that what they need never meets what lrdoctor needs. Where they cannot
# be had this says so, and the evaluation leaves their table out.
$(TOOLS)/.installed: tests/evaluation/peers.txt | $(BIN)/python
	$(BIN)/python -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@ || true

# What trains for real.
.venv-prove/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m venv .venv-prove
	.venv-prove/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[sweep]' \
	    torch==2.13.0 scikit-learn
	@touch $@

# Where no Chromium can be had this says so, and the browser tests fail with the same line.
$(VENV)/.chromium: tests/browser/chromium.py | $(VENV)/.installed-test
	@$(BIN)/python $< --install && touch $@ || true
