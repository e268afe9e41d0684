# make run    install, and suggest codes for the sample harvest
# make test   install, and run the checks, but for the tests that take long or need another program
# make check  install, and run all of them; LibreOffice, PostgreSQL and Chromium have to be there, as in CI
# make docs   install, and make the examples and pictures of the documents; ALL=1 also those that need training
# make docs-site  build the documentation as a site that needs no network, into site/
# make translations  take new texts into the catalogs of translations
# make lock   resolve the versions in locks/ anew, UPGRADE=1 to the latest ones (needs uv)
# make dist   build the source distribution and the wheel into dist/, and check what is in them
# make sbom   list all that is installed for the program, as CycloneDX
# make audit  look for known vulnerabilities in it (asks a database on the network)
# make bench  install, and compare with what could be used instead (hours; HRD=FOLDER REF=FOLDER UKCAT=FOLDER, see
#             benchmarks/README.md)
#
# LIGHT=1 with `make run`, `make model` or `make evaluate` installs less than half: without PyTorch, which only encoders
# named with --encoder need, and without pandas, which only the methods from_frame and to_frame need.
# TORCH_INDEX=URL takes torch from that wheel index; PYTHON=python3.12 chooses the interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Only the files whose hashes are in the lock, and nothing that would be built by a program of its own.
LOCKED = $(PIP) install --require-hashes --no-deps --only-binary :all: --requirement
UV ?= uv
# What sentence-transformers and PyTorch need, and nothing else does.
NOT_IN_LIGHT := sentence-transformers|transformers|huggingface-hub|hf-xet|httpcore2|httpx2|httpx2-jsfetch|truststore|fsspec|$\
	sympy|mpmath|networkx|regex|setuptools|tqdm|pandas

INSTALLED = $(VENV)/installed$(if $(LIGHT),-light)

.PHONY: run test mypy pytest check model evaluate docs docs-site translations lock dist sbom audit bench clean
.DELETE_ON_ERROR:

run: $(INSTALLED)
	$(BIN)/outcome-coder suggest training_data/harvest_3_new.xlsx --out suggestions.xlsx

test check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory --jobs=2 mypy pytest

mypy: $(VENV)/installed-dev
	$(BIN)/mypy

pytest: $(VENV)/installed-dev
	$(BIN)/pytest -q -rs -n auto --dist loadfile $(if $(TESTS),--hypothesis-profile quick -m "$(TESTS)")

test: export TESTS = not (slow or encoder or browser or libreoffice or postgresql)
check: export OUTCOME_CODER_REQUIRE_PROGRAMS = 1

model: $(INSTALLED)
	$(BIN)/outcome-coder train training_data/harvest_1.xlsx training_data/harvest_2.xlsx \
		--codebook training_data/codebook.yaml --include-confidential --out sample --overwrite

evaluate: $(INSTALLED)
	$(BIN)/python evaluate.py training_data/harvest_1.xlsx training_data/harvest_2.xlsx \
		--test training_data/harvest_3_agreed.xlsx --repeats training_data/near_duplicates.csv \
		--coder training_data/harvest_3_coder_a.xlsx --coder training_data/harvest_3_coder_b.xlsx \
		--include-confidential --out report

docs: $(VENV)/installed-dev
	$(BIN)/python -m docs.make $(if $(ALL),--all)

# Links to nowhere and pages in no menu are errors; then that no page fetches anything from another place is checked.
docs-site: $(VENV)-docs/installed
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --strict --quiet --site-dir site
	$(VENV)-docs/bin/python -m docs.site_check site

bench: $(VENV)/installed-bench
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks $(if $(HRD),--hrd "$(HRD)") $(if $(REF),--ref "$(REF)") \
		$(if $(UKCAT),--ukcat "$(UKCAT)")

translations: $(VENV)/installed-dev
	$(BIN)/python -m docs.translations

# The versions are those the tests passed with; run `make test` after an upgrade, before it is committed.
lock:
	$(call resolve,run,--group build pyproject.toml)
	$(call resolve,test,--group build --extra dev pyproject.toml --constraints locks/run.lock)
	$(call resolve,audit,--group audit)
	$(call resolve,docs,--group docs)
	awk '/^[a-z]/ { left_out = /^($(NOT_IN_LIGHT))==/ } !left_out' locks/run.lock > locks/light.lock
	awk '/^[a-z]/ { kept = /^psycopg(-binary)?==/ } kept' locks/test.lock > locks/team.lock

define resolve
	echo '$(TORCH)' | $(UV) pip compile $(2) --constraints - --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --quiet $(if $(UPGRADE),--upgrade) --output-file locks/$(1).lock
	awk '/^[a-z]/ { left_out = /^(torch|triton|nvidia-|cuda-)/ } !left_out' locks/$(1).lock > locks/$(1).new
	mv locks/$(1).new locks/$(1).lock
endef

# The same bytes each time from the same files; that nothing else is in them is checked.
dist: export SOURCE_DATE_EPOCH = 1580601600
dist: $(INSTALLED)
	rm -rf dist
	$(BIN)/python -m hatchling build --directory dist
	$(BIN)/python dist_check.py dist

sbom: $(VENV)-audit/installed
	$(VENV)-audit/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible \
		--output-file outcome-coder.cdx.json

# Torch has no hash to give, so it is looked up by itself.
audit: $(VENV)-audit/installed
	echo '$(TORCH)' > $(VENV)-audit/torch.txt
	$(VENV)-audit/bin/pip-audit --requirement locks/run.lock --disable-pip --strict --progress-spinner off
	$(VENV)-audit/bin/pip-audit --requirement $(VENV)-audit/torch.txt --no-deps --disable-pip --strict --progress-spinner off

clean:
	rm -rf $(VENV) $(VENV)-audit $(VENV)-docs site .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Torch is in no lock, since its hash differs by index. Where it comes after the lock, only it is fetched,
# and for a build for graphics cards the libraries of those.
$(VENV)/installed: pyproject.toml Makefile locks/run.lock | $(VENV)/bin/pip
	@echo "Installing outcome-coder into $(VENV); this takes a few minutes, and nothing is shown meanwhile"
	$(LOCKED) locks/run.lock
	@echo "Installing $(TORCH) (once; from 200 MB to several GB, see README)"
	$(PIP) install $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Modules are compiled when they are first imported; all of them compiled take a fifth of the room.
$(VENV)/installed-light: pyproject.toml Makefile locks/light.lock | $(VENV)/bin/pip
	@echo "Installing outcome-coder into $(VENV), without PyTorch; this takes a few minutes"
	$(LOCKED) locks/light.lock --no-compile
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: locks/test.lock $(VENV)/installed
	@echo "Installing what the tests need"
	$(LOCKED) locks/test.lock
	@touch $@

$(VENV)/installed-bench: pyproject.toml $(VENV)/installed
	@echo "Installing what the benchmarks compare with"
	$(PIP) install --editable ".[bench]" $(TORCH)
	@touch $@

$(VENV)-audit/installed: locks/audit.lock $(VENV)/installed
	$(BIN)/python -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps \
		--only-binary :all: --requirement locks/audit.lock
	@touch $@

$(VENV)-docs/installed: locks/docs.lock | $(VENV)/bin/pip
	$(BIN)/python -m venv $(VENV)-docs
	$(VENV)-docs/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps \
		--only-binary :all: --requirement locks/docs.lock
	@touch $@

$(VENV)/bin/pip:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. Install it, on Debian or Ubuntu with:"; \
		echo "  sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, $$($(PYTHON) --version) was found; name another with PYTHON=python3.12"; \
		exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing. On Debian or Ubuntu, run:"; \
		echo "  sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
