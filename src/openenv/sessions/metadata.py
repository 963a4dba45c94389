"""Metadata: what an environment says about itself, completed from the folder that it comes from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from openenv.contract.environment import Environment
from openenv.contract.models import EnvironmentMetadata
from openenv.errors import InvalidManifest, MissingExtra
from openenv.registry.manifest import FILE_NAME, Manifest

_README = "README.md"
_LEVELS = 3
"""How far above its module an environment's manifest may be: ``my_env/server/environments/x.py``."""


def says_its_own(environment: type[Any]) -> bool:
    """The class has its own ``get_metadata``, which only an instance can answer."""
    return getattr(environment, "get_metadata", Environment.get_metadata) is not Environment.get_metadata


def load_environment_metadata(env: Any, env_name: str | None = None) -> EnvironmentMetadata:
    """The metadata of an environment, or of its class.

    What ``get_metadata`` leaves open is taken from ``openenv.yaml`` and ``README.md`` in the environment's folder.
    ``env_name`` names an environment that has no ``get_metadata``.
    """
    environment = env if isinstance(env, type) else type(env)
    found = _from_folder(environment)
    if not isinstance(env, type) and says_its_own(environment):
        said = EnvironmentMetadata.model_validate(env.get_metadata(), from_attributes=True)
        return said.model_copy(update={name: value for name, value in found.items() if getattr(said, name) is None})
    has_name = env_name is None or hasattr(environment, "get_metadata")
    name = environment.__name__ if has_name else env_name
    return EnvironmentMetadata.model_validate(
        {"name": name, "description": f"{environment.__name__} environment", "version": "1.0.0", **found}
    )


def _from_folder(environment: type[Any]) -> dict[str, str]:
    folder, manifest = _folder_of(environment)
    if folder is None:
        return {}
    found = _from_manifest(manifest)
    if (readme := folder / _README).is_file():
        found["readme_content"] = readme.read_text(encoding="utf-8", errors="replace")
    return found


def _from_manifest(manifest: Manifest | None) -> dict[str, str]:
    if manifest is None:
        return {}
    extra = {name: value for name in ("author", "documentation_url") if (value := manifest.extra.get(name))}
    found = {"description": manifest.description, "version": manifest.version, **extra}
    return {name: str(value) for name, value in found.items() if value}


def _folder_of(environment: type[Any]) -> tuple[Path | None, Manifest | None]:
    """The nearest folder with a manifest; else the package's, which may have a README."""
    module = sys.modules.get(environment.__module__)
    if (file := getattr(module, "__file__", None)) is None:
        return None, None
    for folder in Path(file).parents[:_LEVELS]:
        if (folder / FILE_NAME).is_file():
            return folder, _manifest(folder)
    package = sys.modules.get(environment.__module__.partition(".")[0])
    places = list(getattr(package, "__path__", ()))
    return (Path(places[0]), None) if places else (None, None)


def _manifest(folder: Path) -> Manifest | None:
    """None where it cannot be read: a description of an environment is no reason to answer nothing."""
    try:
        return Manifest.read(folder)
    except (InvalidManifest, MissingExtra):
        return None
