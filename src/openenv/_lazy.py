"""Lazy exports (PEP 562): a package lists its public names once, and each is imported when it is first asked for."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def attach(
    module_name: str, exports: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Give ``__getattr__``, ``__dir__`` and ``__all__`` for the module that is called `module_name`.

    `exports` maps each public name to the module that defines it, or to ``module:attribute`` where the names differ.
    Type checkers are to see plain imports instead, so that they report a name that does not exist::

        if TYPE_CHECKING:
            from openenv.auto import AutoEnv as AutoEnv
        else:
            __getattr__, __dir__, __all__ = attach(__name__, {"AutoEnv": "openenv.auto"})
    """

    def __getattr__(name: str) -> object:
        module = sys.modules[module_name]
        if name not in exports:
            raise AttributeError(f"module {module_name!r} has no attribute {name!r}", name=name, obj=module)
        source, _, attribute = exports[name].partition(":")
        value: object = getattr(import_module(source), attribute or name)
        setattr(module, name, value)  # from now on Python finds it without asking here
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[module_name]), *exports})

    return __getattr__, __dir__, sorted(exports)
