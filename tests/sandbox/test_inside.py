"""What runs inside a sandbox brings little along: the standard library and the settings."""

import sys

import pytest

from tests.architecture.sources import imports_of, sources_under

INSIDE = sources_under("src/openenv/sandbox/inside", package_root="src")
ALLOWED = ("openenv.sandbox.inside", "openenv.settings")


@pytest.mark.parametrize("source", INSIDE, ids=str)
def test_a_program_inside_imports_the_standard_library_and_its_own_only(source):
    foreign = [
        edge.target
        for edge in imports_of(source)
        if edge.target.partition(".")[0] not in sys.stdlib_module_names and not edge.target.startswith(ALLOWED)
    ]
    assert foreign == []
