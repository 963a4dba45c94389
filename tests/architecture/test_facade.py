"""The import paths that existing environments use hold re-exports of our objects and nothing else."""

import ast

import pytest

from tests.architecture.sources import Source, called_name, environments, lazy_exports, library, older_name

FACADE = [source for source in library() if source.name.startswith("openenv.core")] + older_name()
LAZY = [
    source
    for source in library() + older_name() + environments()
    if source.name != "openenv._lazy" and "attach(" in source.text
]


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def is_re_export(node: ast.stmt) -> bool:
    """An import, a docstring, a list of names, or lazy exports; also where type checkers see the one or the other."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.If() if is_type_checking(node):
            return all(is_re_export(child) for child in [*node.body, *node.orelse])
        case ast.Assign(value=ast.Call() as call):
            return called_name(call) == "attach"
        case ast.Assign(targets=[ast.Name(id="__all__")], value=names):
            return all(isinstance(n, ast.List | ast.Tuple | ast.Constant | ast.Load) for n in ast.walk(names))
    return is_docstring(node)


def attached(nodes: list[ast.stmt]) -> dict[str, str]:
    calls = [node for statement in nodes for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return {name: module for call in calls for name, module in lazy_exports(call).items()}


def exported(nodes: list[ast.stmt]) -> dict[str, str]:
    """The names of ``from module import name as name``, the only form that strict type checkers re-export."""
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return {alias.asname: node.module or "" for node in imports for alias in node.names if alias.asname}


@pytest.mark.parametrize("source", FACADE, ids=str)
def test_a_module_of_the_facade_only_re_exports(source: Source):
    assert [f"{source}:{node.lineno}: {ast.unparse(node)}" for node in source.tree.body if not is_re_export(node)] == []


@pytest.mark.parametrize("source", LAZY, ids=str)
def test_type_checkers_see_the_lazy_exports_as_plain_ones(source: Source):
    blocks = [node for node in source.tree.body if isinstance(node, ast.If) and is_type_checking(node)]
    seen = exported([child for block in blocks for child in block.body])
    hidden = attached([child for block in blocks for child in block.orelse])
    assert seen == attached(source.tree.body), (
        "each lazy name needs `from module import name as name` for type checkers"
    )
    assert hidden == seen, (
        "attach belongs under the `else` of `if TYPE_CHECKING`, as the docstring of _lazy.attach shows"
    )
