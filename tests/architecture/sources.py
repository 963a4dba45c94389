"""The project's own modules, read as syntax trees: what the architecture tests look at. Nothing here is imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One module: `path` is relative to the root of the repository."""

    path: Path
    name: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @property
    def package(self) -> str:
        """What a relative import in this module is relative to."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    def __str__(self) -> str:
        return self.path.as_posix()


@dataclass(frozen=True)
class Edge:
    """One import: `target` is a module, or a name in one when what is imported may be a submodule."""

    target: str
    line: int


def sources_under(folder: str, *, package_root: str) -> list[Source]:
    """Every module below `folder`; their dotted names start below `package_root`."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT / package_root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Source(path.relative_to(ROOT), name))
    return found


def library() -> list[Source]:
    """The modules of `openenv` itself."""
    return sources_under("src/openenv", package_root="src")


def older_name() -> list[Source]:
    """The modules that give the library under its older name."""
    return sources_under("src/openenv_core", package_root="src")


def environments() -> list[Source]:
    """The modules of the environments that ship, without their tests."""
    return [source for source in sources_under("envs", package_root="envs") if "tests" not in source.path.parts]


def imports_of(source: Source) -> Iterator[Edge]:
    """Every import wherever it stands (also under TYPE_CHECKING and in functions), and every lazy export."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (Edge(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(node, source.package)
            yield from (Edge(f"{origin}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from (Edge(target, node.lineno) for target in lazy_exports(node).values())


def lazy_exports(call: ast.Call) -> dict[str, str]:
    """The names that a call of `openenv._lazy.attach` exports, each with its module; nothing for another call."""
    if called_name(call) != "attach" or len(call.args) != 2 or not isinstance(call.args[1], ast.Dict):
        return {}
    exports: dict[str, str] = ast.literal_eval(call.args[1])
    return {name: target.partition(":")[0] for name, target in exports.items()}


def called_name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])
