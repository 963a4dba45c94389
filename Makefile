# Each target sets up what it needs; with everything in place that takes milliseconds.
BIN := .venv/bin

# With it set, every run would compile our sources again.
unexport PYTHONDONTWRITEBYTECODE

# The set-up is shared, so targets run one after the other.
.NOTPARALLEL:

.PHONY: demo test soak check bench docs clean set-up set-up-with-reference set-up-with-others

demo: set-up  ## a short live episode in every installed environment
	$(BIN)/openenv demo

test: set-up-with-reference check  ## everything but the soak tests
	$(BIN)/pytest -q -m "not soak"

soak: set-up-with-reference  ## the tests that run for minutes
	$(BIN)/pytest -q -m soak

check: set-up  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy src envs

bench: set-up-with-others  ## the figures, beside the reference's; EnvPool, which is measured too, takes 1 GB
	$(BIN)/python -m benchmarks

docs: set-up  ## runs every example and every code block of the documentation
	$(BIN)/pytest -q tests/docs

clean:  ## removes all that the other targets made
	rm -rf .venv .venv-reference .venv-envpool .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

set-up:
	@scripts/set-up

set-up-with-reference:
	@scripts/set-up --with-reference

set-up-with-others:
	@scripts/set-up --with-reference --with-envpool
