"""``openenv version``: what a bug report should say."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import click

_LIBRARIES = ("pydantic", "msgspec", "websockets", "fastapi", "uvicorn")


@click.command()
def version() -> None:
    """Show the versions that matter for a bug report."""
    click.echo(f"openenv {version_of('openenv')}")
    click.echo(f"Python {platform.python_version()} on {platform.platform(terse=True)} ({platform.machine()})")
    click.echo(", ".join(f"{name} {_installed(name)}" for name in _LIBRARIES))


def _installed(name: str) -> str:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return "not installed"
