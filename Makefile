# Chuchu. `make chat` and `make test` set everything up by themselves, in .venv/.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 7860
BIN := $(VENV)/bin

.PHONY: chat test lint index encoder eval-gate clean setup

chat: index
	$(BIN)/chuchu serve --port $(PORT)

index: setup
	$(BIN)/chuchu index

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Asks the shipped questions anew and fails when an answer is worse than eval/baseline.json beyond the noise.
eval-gate: setup
	@mkdir -p results
	$(BIN)/python -m eval run --questions eval/questions/briefings.jsonl --out results/gate.json
	$(BIN)/python -m eval gate results/gate.json

# make encoder DATA=folder: trains the bundled encoder anew, in the folder WORK, some hours on two cores.
WORK ?= build/encoder
encoder: setup
	$(BIN)/python -m embeddings.training all --data $(DATA) --work $(WORK)

setup: $(VENV)/.done

# PIP_FLAGS passes anything on to pip. torch is pinned so that a CPU build, where pip is offered one, is taken.
$(VENV)/.done: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Chuchu needs Python 3.11 or later; {sys.executable} is {v[0]}.{v[1]}; name another: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Setting up $(VENV)/: some 2 GB and 3 minutes, once (more where pip takes a torch with GPU support)."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
