# make run    install, and suggest codes for the sample harvest
# make test   install, and run the whole check
# make check  the same, with the programs that some tests need required rather than skipped
# make docs   install, and make the examples and pictures of the documents; ALL=1 also those that need training
# make bench  install, and compare with what could be used instead (hours; UKCAT=FOLDER, see benchmarks/README.md)
#
# TORCH_INDEX=URL takes torch from that wheel index; PYTHON=python3.12 chooses the interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check model evaluate docs bench clean
.DELETE_ON_ERROR:

run: $(VENV)/installed
	$(BIN)/outcome-coder suggest training_data/harvest_3_new.xlsx --out suggestions.xlsx

test: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -rs -n auto --dist loadfile

check: export OUTCOME_CODER_REQUIRE_PROGRAMS = 1
check: test

model: $(VENV)/installed
	$(BIN)/outcome-coder train training_data/harvest_1.xlsx training_data/harvest_2.xlsx \
		--codebook training_data/codebook.yaml --include-confidential --out sample --overwrite

evaluate: $(VENV)/installed
	$(BIN)/python evaluate.py training_data/harvest_1.xlsx training_data/harvest_2.xlsx \
		--test training_data/harvest_3_agreed.xlsx --repeats training_data/near_duplicates.csv \
		--coder training_data/harvest_3_coder_a.xlsx --coder training_data/harvest_3_coder_b.xlsx --out report

docs: $(VENV)/installed-dev
	$(BIN)/python -m docs.make $(if $(ALL),--all)

bench: $(VENV)/installed-bench
	$(BIN)/python -m benchmarks $(if $(UKCAT),--ukcat "$(UKCAT)")

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Torch comes first and pinned: whatever asked for it later would fetch gigabytes for graphics cards.
$(VENV)/torch: | $(VENV)/bin/pip
	@echo "Installing $(TORCH) (once; from 200 MB to several GB, see README)"
	$(PIP) install $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	@touch $@

$(VENV)/installed: pyproject.toml $(VENV)/torch
	@echo "Installing outcome-coder into $(VENV)"
	$(PIP) install --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml $(VENV)/installed
	@echo "Installing what the tests need"
	$(PIP) install --editable ".[dev]"
	@touch $@

$(VENV)/installed-bench: pyproject.toml $(VENV)/installed
	@echo "Installing what the benchmarks compare with"
	$(PIP) install --editable ".[bench]"
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
