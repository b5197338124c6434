# The commands of README.md. Everything runs in .venv, which is made at first use.

PYTHON ?= python3
PYTHONS ?= $(PYTHON)
VENV := .venv
BIN := $(VENV)/bin
# Run once more on the PostgreSQL a company may have already: Debian's 15.
DATABASE_TESTS := $(addprefix tests/,alarms backup calls calltracking contacts db directory jobs mirror outbox people test_writer.py)
# What a process of its own does is tried on our PostgreSQL: on another it asks nothing else.
BY_PROCESSES := --ignore-glob='*/test_command_line.py' --ignore-glob='*/test_killed.py' --ignore-glob='*/test_faults.py'
# A worker a core, each with servers of its own; one that is done takes tests over from another.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist worksteal
ONLY ?=
SOAK ?=
FUZZ ?=

# Containers forbid it to keep their layers small; here every process of a test would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run serve test test-e2e e2e-packages test-postgres-15 test-browsers test-asterisk test-cluster soak test-soak fuzz bench check format schema reference \
	requirements dist release clean
.NOTPARALLEL: # the stages of test-e2e are for the whole machine each

run: $(VENV)/.run ## a demo company on http://127.0.0.1:8080
	$(BIN)/trunkline demo --calls

serve: $(VENV)/.run ## a company of your own on http://127.0.0.1:8080, with nothing in it
	$(BIN)/trunkline serve

test: $(VENV)/.dev ## every test that needs no system package
	$(BIN)/pytest -q -m "not e2e" $(SIDE_BY_SIDE)

test-e2e: e2e-packages test-postgres-15 test-browsers test-asterisk ## real Asterisk, SIPp and browsers; installs them (needs root)

e2e-packages: $(VENV)/.dev
	scripts/install-e2e

test-postgres-15: $(VENV)/.dev
	scripts/with-postgres-15 $(BIN)/pytest -q -m "not e2e" --database-only $(SIDE_BY_SIDE) $(BY_PROCESSES) $(DATABASE_TESTS)
	# Alone: which transactions are over is known of a whole server, and other tests on it would hold the roll-up back.
	scripts/with-postgres-15 $(BIN)/pytest -q -m "not e2e" tests/reports

test-browsers: $(VENV)/.dev
	# Apart: Playwright's synchronous driver keeps an event loop running in the process it was used in.
	# A file is one worker's, and each worker has a demo company of its own: Firefox looks at its pages beside Chromium.
	$(BIN)/pytest -q -m e2e -n 2 --dist loadfile --no-loadscope-reorder tests/browser

test-asterisk: $(VENV)/.speech
	# A file is one worker's: its tests share an Asterisk. They wait for calls more than they compute, so three fit two cores.
	$(BIN)/pytest -q -m e2e -n 3 --dist loadfile --no-loadscope-reorder tests --ignore=tests/browser --ignore=tests/cluster

test-cluster: $(VENV)/.dev ## two nodes, HAProxy, PostgreSQL with a standby, Sentinels, and what breaks (needs root, haproxy)
	$(BIN)/pytest -q -m cluster tests/cluster

soak: $(VENV)/.dev ## two hours of calls, visits and faults (docs/soak.md): make soak SOAK="--seconds 3600"
	mkdir -p build
	$(BIN)/python -m tests.soak --log build/soak.log $(SOAK)

test-soak: $(VENV)/.dev ## the same with four minutes of load, each fault once
	mkdir -p build
	$(BIN)/python -m tests.soak --seconds 240 --calls 10 --visits 50 --every 22 --line 30 --drain 75 --log build/soak.log $(SOAK)

fuzz: $(VENV)/.fuzz ## each parser of foreign bytes for 20 s (docs/attacks.md): make fuzz FUZZ="--seconds 600 --only letter"
	$(BIN)/python -m tests.attack.fuzz $(FUZZ)

bench: $(VENV)/.dev ## every figure beside its baseline: make bench ONLY=router
	$(BIN)/python -m bench "$(ONLY)"

check: $(VENV)/.dev ## format, lint, types, import contracts, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/test_docs.py tests/test_imports.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(VENV)/.dev ## write trunkline/db/schema.sql again after a migration
	$(BIN)/pytest -q tests/db/test_schema.py --write-schema

reference: $(VENV)/.dev ## write the docs made from the code again
	$(BIN)/python -m tests.reference

requirements: $(VENV)/.dev ## pin again what pyproject.toml asks for
	$(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements.txt pyproject.toml
	scripts/extra desktop | $(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -c requirements.txt -o requirements-desktop.txt -
	$(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --extra dev --extra desktop -c requirements.txt -o requirements-dev.txt pyproject.toml
	scripts/extra dev-speech | $(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -c requirements-dev.txt -o requirements-speech.txt -
	scripts/extra dev-fuzz | $(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -c requirements-dev.txt -o requirements-fuzz.txt -

dist: $(VENV)/.dev ## the sdist, and the wheel built from it
	rm -rf build/lib build/bdist.* dist
	$(BIN)/python -m build --quiet --no-isolation

release: dist ## both, each installed and started by every Python of PYTHONS="python3.11 python3.12"
	set -e; for python in $(PYTHONS); do for file in dist/*; do PYTHON=$$python scripts/try-dist $$file; done; done

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/.run: requirements.txt requirements-build.txt pyproject.toml
	PYTHON="$(PYTHON)" scripts/make-venv requirements.txt
	touch $@

$(VENV)/.speech: $(VENV)/.dev requirements-speech.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-speech.txt
	touch $@

$(VENV)/.fuzz: $(VENV)/.dev requirements-fuzz.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-fuzz.txt
	touch $@

$(VENV)/.dev: requirements-build.txt requirements-dev.txt pyproject.toml
	PYTHON="$(PYTHON)" scripts/make-venv requirements-dev.txt
	touch $@ $(VENV)/.run
