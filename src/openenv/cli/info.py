"""``openenv info``: one environment."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from openenv.contract.adapters import adapter_of
from openenv.registry.description import EnvironmentDescription
from openenv.registry.discovery import describe, distribution_of, entry_point
from openenv.registry.loading import load_object

_PARTS = ("client", "action", "observation", "state", "environment", "app")


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the schemas of the models.")
def info(name: str, as_json: bool) -> None:
    """Show one environment: its parts and its models.

    NAME is any spelling of an installed environment's name: coding-env, coding_env, coding, CodingEnv.
    """
    description = describe(name)
    schemas = {part: _schema(description, part) for part in ("action", "observation", "state")}
    distribution = distribution_of(entry_point(name))
    if as_json:
        data = {**dataclasses.asdict(description), "distribution": distribution, "schemas": schemas}
        click.echo(json.dumps(data, indent=2))
        return
    click.echo(f"{description.name}: {description.summary or 'no summary'} ({distribution})\n")
    Console().print(_parts_table(description, schemas))
    module, _, action = description.action.partition(":")
    click.echo("\nfrom openenv import AutoEnv")
    click.echo(f"from {module} import {action}")
    click.echo(f'env = AutoEnv.from_env("{description.name}")')


def _schema(description: EnvironmentDescription, part: str) -> dict[str, Any]:
    target = getattr(description, part)
    return adapter_of(load_object(target)).json_schema() if target else {}


def _parts_table(description: EnvironmentDescription, schemas: dict[str, dict[str, Any]]) -> Table:
    table = Table("part", Column("where", overflow="fold"), "fields")
    for part in _PARTS:
        where = getattr(description, part)
        table.add_row(part, where or "–", ", ".join(schemas.get(part, {}).get("properties", {})))
    return table
