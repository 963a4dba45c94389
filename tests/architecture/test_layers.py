"""Imports point down: a module knows only the levels below its own, and no folder beside it."""

import pytest

from tests.architecture.sources import Source, imports_of, library, older_name

# The table of the design with one difference: `runtimes` is on level 3, because it starts children with `processes`.
FOLDERS_BY_LEVEL = {
    0: ("errors", "settings", "_lazy"),
    1: ("contract", "registry"),
    2: ("wire", "llm", "processes"),
    3: ("rewards", "sessions", "recording", "sandbox", "mcp", "runtimes"),
    4: ("client",),
    5: ("server", "vector"),
    6: ("adapters", "hub", "web", "testing"),
    7: ("auto",),
    8: ("cli",),
    9: ("core",),
}
LEVELS = {folder: level for level, folders in FOLDERS_BY_LEVEL.items() for folder in folders}
# These gather names from everywhere, and nothing imports from them.
TOP = {"openenv": 10, "openenv.__main__": 10, "openenv_core": 10}

SOURCES = library() + older_name()


def place_of(name: str) -> tuple[str, int]:
    """The folder (or module on the top level) that owns a dotted name, and its level."""
    root, _, rest = name.partition(".")
    folder = rest.partition(".")[0]
    if root == "openenv" and folder in LEVELS:
        return folder, LEVELS[folder]
    return (root, TOP[root]) if root in TOP else ("", -1)


@pytest.mark.parametrize("source", library(), ids=str)
def test_a_module_has_a_place_in_the_table_of_levels(source: Source):
    assert source.name in TOP or place_of(source.name)[1] in FOLDERS_BY_LEVEL, (
        f"{source} belongs to no level: add its folder to FOLDERS_BY_LEVEL in {__file__}, and say why in docs/decisions"
    )


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_module_imports_only_from_lower_levels(source: Source):
    folder, level = place_of(source.name)
    wrong = []
    for edge in imports_of(source):
        other_folder, other_level = place_of(edge.target)
        if other_folder and other_folder != folder and other_level >= level:
            wrong.append(f"{source}:{edge.line}: {folder} (level {level}) imports {edge.target} (level {other_level})")
    assert wrong == []


def test_there_are_modules_to_look_at():
    assert "openenv._lazy" in {source.name for source in SOURCES}
