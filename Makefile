# Every command of chanpatterns. Each does the set-up that it needs by itself:
#   .venv        Python's tools, by the hashes of python/requirements.txt, and
#                the native modules (python/toolchain/)
#   .toolchain   OCaml 5, where the machine has none to use (ocaml/toolchain/)
#   target       what cargo, dune and the laboratory make
# Nothing is installed on the system. PYTHON=… names the Python for .venv.

.DEFAULT_GOAL := help
# Where rustup puts cargo, for shells that have not read its profile.
export PATH := $(PATH):$(HOME)/.cargo/bin
# What a shell says about Python is meant for other projects.
unexport PYTHONPATH PYTHONHOME

python := .venv/bin/python
# One test at a time, with what it prints as it goes.
scale = cargo test --quiet --locked --release --package chanpatterns \
  --test scale -- --nocapture --test-threads 1
# Their modules are declared by a macro, through which rustfmt does not look.
patterns = $(wildcard rust/src/patterns/*.rs)
agree = RUNNER=$(CURDIR)/target/ocaml/5/runner.exe
# Named together: alone, the first would be built with other features of what
# both depend on, and all of that once more.
engine = --package compare-engine --package compare-systems
# Another one each time, told where something is found.
seed = $(or $(SEED),$(shell date +%s))
quoted = '$(subst ','\'',$(1))'
option = $(if $($(2)),--$(1) $(call quoted,$($(2))))
given = $(if $($(1)),-- $(call quoted,$($(1))))

.PHONY: help setup compare test test-rust test-ocaml test-python test-compare \
  bridge run claims report fuzz hunt agree engine-mutants schema explain selftest soak billion \
  cancelled choices models mutants bench new \
  fmt lock clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / \
	  { printf "make %-15s %s\n", $$1, $$2 }' Makefile

setup: ready ## do the whole set-up and nothing else

compare: ready ## run every pattern and program on every system, prove the claims (PATTERN= SYSTEM= CASE= narrow it)
	@$(python) -m compare $(call option,pattern,PATTERN) \
	  $(call option,system,SYSTEM) $(call option,case,CASE)

run: ready ## run channel programs on real systems (PROGRAM= SYSTEM= RUNS= SEED= SECONDS=)
	@$(python) -m compare run $(call option,system,SYSTEM) \
	  $(call option,runs,RUNS) $(call option,seed,SEED) \
	  $(call option,seconds,SECONDS) $(call given,PROGRAM)

claims: ready ## prove the claims (CLAIM= SYSTEM= narrow it)
	@$(python) -m compare claims $(call option,system,SYSTEM) $(call given,CLAIM)

report: ready ## write the page about the last run of channel programs anew
	@$(python) -m compare report

test: check-tests ready test-rust test-ocaml test-python test-compare selftest bridge ## run all of the tests below

test-rust: check-rust ## the crate's tests and doctests, rustfmt, clippy, rustdoc
	@echo "rust: rustfmt and clippy"
	@cargo fmt --all --check
	@rustfmt --check --edition 2024 $(patterns)
	@PYO3_NO_PYTHON=1 PYO3_BUILD_EXTENSION_MODULE=1 cargo clippy --quiet \
	  --locked --workspace --all-targets --all-features -- -D warnings
	@PYO3_NO_PYTHON=1 PYO3_BUILD_EXTENSION_MODULE=1 cargo clippy --quiet \
	  --locked --workspace --all-features --test agree --test mutants \
	  -- -D warnings
	@echo "rust: tests"
	@cargo check --quiet --locked --package chanpatterns
	@cargo test --quiet --locked --package chanpatterns --all-features
	@cargo test --quiet --locked $(engine)
	@echo "rust: some thousand schedules under shuttle"
	@RUSTFLAGS='--cfg chanpatterns_shuttle' CARGO_TARGET_DIR=target/shuttle \
	  cargo test --quiet --locked --release --package chanpatterns --test shuttle
	@RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps \
	  --package chanpatterns --all-features

test-ocaml: check-ocaml ## build without warnings and test, on each OCaml there is
	@ocaml/toolchain/build 5 test
	@ocaml/toolchain/build 4 test

# OCaml 5 comes last: its module for Python is the one that stays in .venv.
bridge: ready ## OCaml, Rust and Python in one process, on each OCaml there is
	@ocaml/rust_channels/check 4
	@ocaml/bridge/check 4
	@ocaml/rust_channels/check 5
	@ocaml/bridge/check 5

test-python: ready ## the package: pytest, doctests, ruff, mypy, stubtest
	@echo "python: ruff and mypy"
	@.venv/bin/ruff check --quiet python
	@.venv/bin/ruff format --quiet --check python
	@$(python) -m mypy --config-file python/pyproject.toml python/chanpatterns
	@$(python) -m mypy.stubtest --mypy-config-file python/pyproject.toml \
	  chanpatterns
	@echo "python: tests"
	@$(python) -m pytest -q -c python/pyproject.toml python/tests
	@$(python) -m pytest -q -c python/pyproject.toml --doctest-modules \
	  python/chanpatterns

test-compare: ready ## the laboratory: pytest, ruff, mypy
	@echo "compare: ruff and mypy"
	@.venv/bin/ruff check --quiet compare
	@.venv/bin/ruff format --quiet --check compare
	@$(python) -m mypy --config-file compare/pyproject.toml -p compare
	@echo "compare: tests"
	@$(python) -m pytest -q -c compare/pyproject.toml compare/tests
	@echo "compare: the engine and the definition, $(or $(PROGRAMS),5000) random programs"
	@PROGRAMS=$(or $(PROGRAMS),5000) $(agree) cargo test --quiet --locked \
	  $(engine) --test agree
	@echo "compare: every mutant of the engine is caught"
	@$(agree) cargo test --quiet --locked $(engine) \
	  --features compare-engine/mutants --test mutants

selftest: ready ## show that the laboratory catches sabotaged systems
	@$(python) -m compare.selftest

# With SECONDS= only the search on real systems, for so long.
fuzz: ready ## random programs on real systems (SECONDS= SEED= SYSTEM=); without SECONDS= also random inputs to Rust and OCaml, 100,000 a pattern (CASES=), 1,000,000 random programs (PROGRAMS=) and sources (INPUTS=)
ifndef SECONDS
	@CASES=$(or $(CASES),100000) ocaml/bridge/check 5 fuzz
	@INPUTS=$(or $(INPUTS),1000000) SEED=$(seed) cargo test --quiet --locked \
	  --release $(engine) --test sources
	@PROGRAMS=$(or $(PROGRAMS),1000000) SEED=$(seed) $(agree) cargo test \
	  --quiet --locked --release $(engine) --test agree
endif
	@$(python) -m compare fuzz --seed $(seed) $(call option,seconds,SECONDS) \
	  $(call option,system,SYSTEM)

hunt: ready ## have random programs find each mutant of the core (MUTANT= SECONDS= SEED=)
	@$(python) -m compare hunt $(call option,seconds,SECONDS) \
	  $(call option,seed,SEED) $(if $(MUTANT),mutants/$(call quoted,$(MUTANT)))

agree: ready ## the engine and the definition on every small program, random ones (PROGRAMS= SEED=), and a large one
	@PART=1 $(agree) cargo test --quiet --locked --release \
	  $(engine) --test agree
	@cargo test --quiet --locked --release --package compare-engine \
	  --test litmus -- --ignored

engine-mutants: ready ## break the engine on purpose; each fault must be caught, by the program that is shown
	@$(agree) cargo test --quiet --locked $(engine) \
	  --features compare-engine/mutants --test mutants -- --nocapture

schema: check-rust ## write the JSON Schema of channel programs anew
	@WRITE_SCHEMA=1 cargo test --quiet --locked --package compare-engine \
	  --test litmus the_schema

explain: ready ## show every outcome of a channel program (FILE=)
	@test -n $(call quoted,$(FILE)) || \
	  { echo "explain: name the program: make explain FILE=compare/litmus/NAME.txt" >&2; exit 2; }
	@$(python) -m compare explain $(call quoted,$(FILE))

soak: ready ## 1,000 runs of each pattern leave nothing behind; millions of messages
	@$(python) -m compare.soak
	@echo "rust: 10,000,000 messages, 8 senders, 4 receivers"
	@cargo test --quiet --locked --release --package chanpatterns \
	  --test stress -- --ignored
	@echo "python: 1,000,000 messages, 8 senders, 4 receivers"
	@$(python) -m pytest -q python/tests/test_load.py

billion: check-rust ## 10^9 messages over the grid: none lost, doubled or out of order (MESSAGES=)
	@MESSAGES=$(or $(MESSAGES),1000000000) $(scale) \
	  grid::messages_over_the_grid

cancelled: check-rust ## 10^6 receives and 10^6 sends that give up lose nothing (CANCELLED=)
	@CANCELLED=$(or $(CANCELLED),1000000) $(scale) \
	  cancelled::whoever_gives_up_loses_nothing

choices: check-rust ## 10^7 choices commit exactly one part, and are fair (CHOICES=)
	@CHOICES=$(or $(CHOICES),10000000) $(scale) \
	  choices::exactly_one_part_commits fairness::

models: check-rust ## the waits under loom and shuttle, every history explained
	@echo "loom: every pair of operations, and three threads"
	@RUSTFLAGS='--cfg chanpatterns_loom' CARGO_TARGET_DIR=target/loom \
	  cargo test --quiet --locked --release --package chanpatterns \
	  --test loom --test loom_taps
	@RUSTFLAGS='--cfg chanpatterns_loom' CARGO_TARGET_DIR=target/loom \
	  cargo test --quiet --locked --release --package chanpatterns \
	  --lib models::
	@echo "shuttle: $(or $(SCHEDULES),1000000) schedules"
	@RUSTFLAGS='--cfg chanpatterns_shuttle' CARGO_TARGET_DIR=target/shuttle \
	  SCHEDULES=$(or $(SCHEDULES),1000000) cargo test --quiet --locked \
	  --release --package chanpatterns --test shuttle

mutants: check-rust ## break the core on purpose, 20 ways; each must be caught
	@rust/mutants/run

bench: check-rust ## the crate's benches; writes rust/benches/README.md
	@cargo bench --quiet --locked --package chanpatterns --bench pool
	@cargo bench --quiet --locked --package chanpatterns --bench memory -- \
	  --out target/memory.md
	@cargo bench --quiet --locked --package chanpatterns --bench grid -- \
	  --append target/memory.md --out rust/benches/README.md

new: ready ## lay the stubs of a new pattern on all sides (PATTERN=slug)
	@test -n $(call quoted,$(PATTERN)) || \
	  { echo "new: name the pattern: make new PATTERN=slug" >&2; exit 2; }
	@$(python) -m compare.new $(call quoted,$(PATTERN))

fmt: check-rust tools ## format the Rust and the Python sources
	@cargo fmt --all
	@cargo fmt --manifest-path ocaml/rust_channels/rust/Cargo.toml
	@cargo fmt --all --manifest-path ocaml/bridge/Cargo.toml
	@rustfmt --edition 2024 $(patterns)
	@.venv/bin/ruff format --quiet python compare

lock: tools ## renew python/requirements.txt from python/requirements.in
	@$(python) -m pip install --quiet --target target/uv --upgrade uv
	@target/uv/bin/uv pip compile --quiet --upgrade --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --custom-compile-command 'make lock' \
	  --output-file python/requirements.txt python/requirements.in

clean: ## remove what was built; keep .venv and .toolchain
	@rm -rf target ocaml/_build ocaml/rust_channels/_build \
	  ocaml/rust_channels/rust/target .toolchain/ocaml5/root/src/target \
	  .venv/.chanpatterns._native .venv/.compare_engine \
	  python/chanpatterns/*.so
	@find . -path ./.venv -prune -o -path ./.toolchain -prune -o \
	  -path ./.git -prune -o \( -name __pycache__ -o -name '.*_cache' \
	  -o -name .hypothesis \) -prune -exec rm -rf {} +

distclean: clean ## remove .venv and .toolchain too
	@rm -rf .venv .toolchain

# --- The set-up. What is missing on the machine is said first, all at once;
# then the parts run side by side: OCaml 5 is mostly a download, the native
# modules are mostly compilation.

.PHONY: ready tools check-all check-tests check-rust check-ocaml native \
  ocaml5 ocaml4 go

ready: check-all
	@$(MAKE) --no-print-directory SIDE_BY_SIDE=yes \
	  $(if $(findstring jobserver,$(MAKEFLAGS)),,-j3) ocaml5 ocaml4 native go

check-all:
	@status=0; python/toolchain/check cc rust venv || status=2; \
	  ocaml/toolchain/check || status=2; exit $$status

check-tests:
	@python/toolchain/check cc rust lint venv

check-rust:
	@python/toolchain/check cc rust lint

check-ocaml:
	@status=0; python/toolchain/check cc || status=2; \
	  ocaml/toolchain/check || status=2; exit $$status

tools:
	@python/toolchain/venv

native: tools
	@python/toolchain/native

go:
	@compare/peers/go/build

ocaml5 ocaml4:
	@ocaml/toolchain/build $(@:ocaml%=%) runner

# Targets run one after another, so that their output can be read; only the
# parts of the set-up overlap.
ifndef SIDE_BY_SIDE
.NOTPARALLEL:
endif
