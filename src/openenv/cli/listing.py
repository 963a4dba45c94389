"""``openenv list``: the installed environments."""

from __future__ import annotations

import dataclasses
import json

import click
from rich.console import Console
from rich.table import Table

from openenv.registry.discovery import InstalledEnvironments, distribution_of, entry_point, installed_environments


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(as_json: bool) -> None:
    """List the installed environments."""
    found = installed_environments()
    if as_json:
        click.echo(json.dumps(_as_data(found), indent=2))
        return
    if found.environments:
        Console().print(_table(found))
    else:
        click.echo("No environments are installed. Install one with: pip install openenv-NAME-env")
    for plugin in found.broken:
        click.echo(f"openenv: {plugin.name} (from {plugin.distribution}) cannot be used: {plugin.reason}", err=True)


def _table(found: InstalledEnvironments) -> Table:
    table = Table("environment", "what it is", "installed by")
    for name, description in found.environments.items():
        table.add_row(name, description.summary, distribution_of(entry_point(name)))
    return table


def _as_data(found: InstalledEnvironments) -> dict[str, object]:
    environments = [
        {**dataclasses.asdict(description), "distribution": distribution_of(entry_point(name))}
        for name, description in found.environments.items()
    ]
    return {"environments": environments, "broken": [dataclasses.asdict(plugin) for plugin in found.broken]}
