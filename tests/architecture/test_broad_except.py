"""Everything is caught in a few places only, which are listed and record it. To clean up and raise again is allowed."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, called_name, environments, library, older_name

# The modules that may catch everything, each with the reason. Keep it to boundaries: where an environment's own code is
# called, where plug-ins are loaded, and where a process begins.
ALLOWED: dict[str, str] = {
    "src/openenv/cli/episode.py": "an environment's client and policy are called here: one that fails stops no other",
    "src/openenv/client/asking.py": "what cuts a step short that is no coroutine is raised in one, which ends it",
    "src/openenv/processes/branching.py": "a branch begins here: it must not go on as its original",
    "src/openenv/processes/fork_loop.py": "a forked process begins here: it must not go on as its parent",
    "src/openenv/processes/launcher.py": "what a function raises on the launcher's thread reaches whoever asked",
    "src/openenv/registry/discovery.py": "plug-ins are loaded here: one that fails is reported by name",
    "src/openenv/sandbox/inside/examining.py": "a grade's test is called here, and one that raises has failed",
    "src/openenv/sandbox/inside/runner.py": "the code in a sandbox is run here, and what it raises is printed",
    "src/openenv/sandbox/inside/streams.py": "what the code has put in place of a stream is flushed here",
    "src/openenv/sandbox/inside/zygote.py": "modules are imported here, and keepers begin: they must not go on as it",
    "src/openenv/sessions/dispatch.py": "an environment's own code is called here, and its errors classified",
    "src/openenv/sessions/failures.py": "an error of an environment's own is asked for its text, whatever that raises",
    "src/openenv/sessions/thread_host.py": "a session's thread begins here: what ends in it reaches whoever waits",
    "src/openenv/sessions/vector_calls.py": "an environment's own code is called here for many episodes",
    "src/openenv/sessions/worker.py": "a session's process begins here and imports the environment",
}

BROAD = {"Exception", "BaseException"}
SOURCES = library() + older_name() + environments()


def names_a_broad_class(node: ast.expr | None) -> bool:
    match node:
        case None:
            return True
        case ast.Tuple(elts=classes):
            return any(names_a_broad_class(item) for item in classes)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in BROAD
    return False


def re_raises(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def broad_handlers(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case ast.ExceptHandler(type=caught) if names_a_broad_class(caught) and not re_raises(node):
                yield f"{source}:{node.lineno}: except"
            case ast.Call(args=classes) if called_name(node) == "suppress" and any(map(names_a_broad_class, classes)):
                yield f"{source}:{node.lineno}: suppress"


@pytest.mark.parametrize("source", [s for s in SOURCES if str(s) not in ALLOWED], ids=str)
def test_a_module_catches_only_what_it_names(source: Source):
    assert list(broad_handlers(source)) == []


def test_every_listed_module_still_needs_its_place():
    assert set(ALLOWED) - {str(source) for source in SOURCES if any(broad_handlers(source))} == set()
