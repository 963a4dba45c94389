"""Loading objects by name: ``module:attribute``."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openenv.errors import InvalidManifest


def load_object(target: str) -> Any:
    """The object that ``module:attribute`` names. InvalidManifest when the text or the attribute is wrong; what the
    module's import raises passes through."""
    module_name, _, attribute = target.partition(":")
    if not module_name or not attribute:
        raise InvalidManifest(f"{target!r} does not name an object; write module:attribute")
    found: Any = importlib.import_module(module_name)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise InvalidManifest(f"module {module_name!r} has no {attribute!r}")
        found = getattr(found, part)
    return found


@dataclass(frozen=True)
class NamedFactory:
    """Makes an environment from its class's name and its constructor's arguments. It can be pickled before its module
    is imported, so that a process which only starts environments imports none of their code."""

    target: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> Any:
        """The class or function that ``target`` names."""
        return load_object(self.target)

    def __call__(self) -> Any:
        """A new environment."""
        return self.load()(**self.options)
