"""The manifest: what a folder with an environment says about itself in its ``openenv.yaml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openenv.errors import InvalidManifest, MissingExtra

FILE_NAME = "openenv.yaml"
DEFAULT_APP = "server.app:app"
"""Where the layout of an environment's folder puts its application."""


@dataclass(frozen=True)
class Manifest:
    """Both dialects: ``app`` and ``port`` are the one's, ``action`` and ``observation`` (names of classes) the
    other's. ``extra`` keeps every other key, and a known one whose value is of another kind than here."""

    name: str
    folder: Path
    version: str | None = None
    description: str | None = None
    spec_version: str | None = None
    type: str | None = None
    runtime: str | None = None
    app: str | None = None
    port: int | None = None
    action: str | None = None
    observation: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | str) -> Manifest:
        """From the file, or from the folder that holds it. InvalidManifest says what is wrong with it."""
        file = Path(path) if Path(path).is_file() else Path(path) / FILE_NAME
        data = _mapping(file)
        known = {key: read(data[key]) for key, read in _KINDS.items() if key in data}
        used = {key: value for key, value in known.items() if value is not None}
        if not used.get("name"):
            raise InvalidManifest(f"{file} gives the environment no name; write `name: my_env`")
        extra = {key: value for key, value in data.items() if key not in used}
        return cls(folder=file.parent, extra=extra, **used)


def _mapping(file: Path) -> dict[str, Any]:
    try:
        import yaml  # an extra
    except ImportError as error:
        raise MissingExtra("PyYAML, which reads openenv.yaml,", extra="cli") from error
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidManifest(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidManifest(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise InvalidManifest(f"{file} holds no mapping of keys to values")
    return {str(key): value for key, value in data.items()}


def _text(value: Any) -> str | None:
    """YAML reads ``version: 1.0`` as a number."""
    is_scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_scalar else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_KINDS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "version": _text,
    "description": _text,
    "spec_version": _text,
    "type": _text,
    "runtime": _text,
    "app": _text,
    "port": _number,
    "action": _text,
    "observation": _text,
}
