# The two commands of the README are `make book` and `make test`; both set up .venv when it is missing or out of date.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

# What Python has compiled is kept, whatever the environment says: hundreds of processes begin with it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: book test test-all cluster lint bench screenshots theme cohort reference lock clean

book: $(READY)
	$(BIN)/gistbook build data/wada2021

# Whole files go to a process each, so that what a file makes once is made once.
TESTS := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# What finds nearly every fault, in minutes; `make test-all` runs also what is marked `whole`.
test: $(READY) lint
	$(TESTS) -m "not whole"

test-all: cluster lint
	$(TESTS)

# What `gistbook build --scheduler` needs, and nothing else does.
cluster: $(READY)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements-cluster.lock

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python benchmarks/bench.py

# Take the pictures of docs/screenshots.md again; needs Chromium.
screenshots: book
	$(BIN)/python docs/take_screenshots.py

# List anew what the theme puts into every book; every line that is new is reviewed before it is committed.
theme: $(READY)
	PYTHONPATH=tests $(BIN)/python -m support.theme_list > reviewed.new
	mv reviewed.new src/gistbook/book/audit/reviewed.txt

# Draw the bundled cohort again; the bytes are the same each time.
cohort: $(READY)
	$(BIN)/gistbook simulate data/wada2021

# Compute R's answers again; needs Rscript and the package survival.
reference: $(READY)
	$(BIN)/python tests/reference/export_data.py | Rscript tests/reference/reference.R
	$(BIN)/python tests/test_incidence.py | Rscript tests/reference/incidence.R
	$(BIN)/python tests/test_truth.py | Rscript tests/reference/truth.R
	$(BIN)/python tests/test_waiting.py | Rscript tests/reference/waiting.R
	Rscript tests/reference/immortal.R
	Rscript tests/reference/proportions.R
	Rscript tests/reference/recurrence.R

# Choose versions anew; needs uv. No index address is written. The extra `cluster` keeps to what is locked without it.
LOCK := uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
  --no-emit-index-url --no-header --no-annotate --quiet
CLUSTER := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["cluster"], sep="\n")
lock:
	$(LOCK) pyproject.toml --extra dev --output-file requirements.lock
	$(PYTHON) -c '$(CLUSTER)' | $(LOCK) - --constraint requirements.lock --output-file requirements-cluster.lock

# A lock file is installed with its hashes; the package itself is linked in a second step, because pip refuses
# to mix the two. Compiling bytecode here makes every kernel start in less than half the time.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "gistbook needs Python 3.11 or later; name one with: make PYTHON=python3.12 book" >&2; exit 2; }
	@$(PYTHON) -m venv --clear .venv || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q .venv/lib || true
	@touch $(READY)

clean:
	rm -rf _build .venv
