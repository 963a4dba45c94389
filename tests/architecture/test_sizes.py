"""Small pieces by construction: no long module and no long function, in the library and in the environments."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, environments, library

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 50

# A module ("src/openenv/wire/codec.py") or a function ("src/openenv/wire/codec.py::Codec.decode") that may be longer,
# each with the reason why it is better in one piece.
EXCEPTIONS: dict[str, str] = {}

SOURCES = library() + environments()


def functions_in(node: ast.AST, *, inside: str = "") -> Iterator[tuple[str, int]]:
    """Each function's qualified name and its number of lines, from `def` to the end."""
    for child in ast.iter_child_nodes(node):
        name = inside
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{inside}.{child.name}".lstrip(".")
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield name, (child.end_lineno or child.lineno) - child.lineno + 1
        yield from functions_in(child, inside=name)


def too_long(source: Source) -> dict[str, int]:
    found = {f"{source}::{name}": lines for name, lines in functions_in(source.tree) if lines > MAX_FUNCTION_LINES}
    if (lines := len(source.text.splitlines())) > MAX_MODULE_LINES:
        found[str(source)] = lines
    return found


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_module_and_its_functions_are_short(source: Source):
    unexplained = {place: lines for place, lines in too_long(source).items() if place not in EXCEPTIONS}
    assert unexplained == {}, f"limits: {MAX_MODULE_LINES} lines a module, {MAX_FUNCTION_LINES} a function"


def test_every_exception_is_still_needed():
    needed = {place for source in SOURCES for place in too_long(source)}
    assert set(EXCEPTIONS) - needed == set()
