"""Flat JSON: a dict from paths to leaves."""

import re
from typing import Any

PART = re.compile(r"\[(0|[1-9][0-9]*)\]|(\.?)((?:\\0)|(?:[^.\[\]\\]|\\[.\[\]\\])+)", re.DOTALL)
Path = tuple[str | int, ...]


def flatten(value: Any) -> dict[str, Any]:
    """The leaves of a value, by their paths."""
    return dict(_leaves(value, ""))


def unflatten(flat: dict[str, Any]) -> Any:
    """The value with these leaves."""
    for leaf in flat.values():
        if isinstance(leaf, (dict, list)) and leaf:
            raise ValueError("a leaf holds something")
    return _built({_parsed(path): leaf for path, leaf in flat.items()})


def _leaves(value: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        dot = "." if path else ""
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, f"{path}{dot}{_escaped(name)}")]
    if isinstance(value, list) and value:
        return [leaf for index, inner in enumerate(value) for leaf in _leaves(inner, f"{path}[{index}]")]
    return [(path, value)]


def _escaped(name: str) -> str:
    return re.sub(r"[.\[\]\\]", r"\\\g<0>", name) or "\\0"


def _parsed(path: str) -> Path:
    parts: list[str | int] = []
    at = 0
    while at < len(path):
        found = PART.match(path, at)
        if found is None or (found[1] is None and (found[2] == ".") != bool(parts)):
            raise ValueError(path)
        if found[1] is not None:
            parts.append(int(found[1]))
        else:
            parts.append("" if found[3] == "\\0" else re.sub(r"\\(.)", r"\1", found[3]))
        at = found.end()
    return tuple(parts)


def _built(leaves: dict[Path, Any]) -> Any:
    if () in leaves:
        if len(leaves) > 1:
            raise ValueError("a leaf holds something")
        return leaves[()]
    if not leaves:
        raise ValueError("there is no value without a leaf")
    inner: dict[str | int, dict[Path, Any]] = {}
    for path, leaf in leaves.items():
        inner.setdefault(path[0], {})[path[1:]] = leaf
    if len({type(key) for key in inner}) > 1:
        raise ValueError("a path is list and object")
    if all(isinstance(key, str) for key in inner):
        return {key: _built(below) for key, below in inner.items()}
    if set(inner) != set(range(len(inner))):
        raise ValueError("an index is missing")
    return [_built(inner[index]) for index in range(len(inner))]
