"""Applications: factories that have no name of their own, found again through the module that served them.

A closure or a lambda cannot be sent to another process, but the module that passed it to ``create_app`` can be
imported there: the n-th application that the module makes has the factory.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openenv.errors import InvalidManifest

_factories: dict[str, list[Callable[[], Any]]] = {}


@dataclass(frozen=True)
class ApplicationFactory:
    """The factory of the ``index``-th application of a module."""

    module: str
    index: int

    def load(self) -> Callable[[], Any]:
        """Import the module and take the factory from there."""
        importlib.import_module(self.module)
        made = _factories.get(self.module, [])
        if self.index >= len(made):
            raise InvalidManifest(
                f"importing {self.module} does not make the application again; call create_app at its top level"
            )
        return made[self.index]

    def __call__(self) -> Any:
        """A new environment."""
        return self.load()()


def remember(module: str, factory: Callable[[], Any]) -> ApplicationFactory:
    """Note the factory of an application that ``module`` makes."""
    name = "__main__" if module == "__mp_main__" else module
    made = _factories.setdefault(name, [])
    made.append(factory)
    return ApplicationFactory(name, len(made) - 1)
