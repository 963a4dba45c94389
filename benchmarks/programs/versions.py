"""Prints, as JSON, what this interpreter has of the libraries that matter for speed."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("openenv", "pydantic", "msgspec", "websockets", "fastapi", "uvicorn", "uvloop", "httptools", "picows")


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


found = {"python": platform.python_version()} | {name: installed(name) for name in LIBRARIES}
print(json.dumps({name: number for name, number in found.items() if number is not None}))
