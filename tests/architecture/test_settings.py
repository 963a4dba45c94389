"""One module reads the environment's variables: `openenv.settings` turns them into arguments."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, library, older_name

READER = "openenv.settings"
VARIABLES = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def mentions_of_variables(source: Source) -> Iterator[str]:
    names_of_os = {"os"}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names_of_os |= {alias.asname for alias in node.names if alias.name == "os" and alias.asname}
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute) if owner in names_of_os:
                if attribute in VARIABLES:
                    yield f"{source}:{node.lineno}: os.{attribute}"
            case ast.ImportFrom(module="os", names=aliases):
                yield from (f"{source}:{node.lineno}: os.{a.name}" for a in aliases if a.name in VARIABLES | {"*"})


@pytest.mark.parametrize("source", [s for s in library() + older_name() if s.name != READER], ids=str)
def test_a_module_leaves_the_variables_to_settings(source: Source):
    assert list(mentions_of_variables(source)) == []
