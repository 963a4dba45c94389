"""``openenv bench``: an environment, measured as its user would meet it."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from openenv.cli.measurement import Measurement, measure
from openenv.cli.subject import Subject
from openenv.cli.units import duration, memory, rate


def _actions(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> list[dict[str, Any]]:
    found = []
    for text in texts:
        try:
            action = json.loads(text)
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not JSON: {error}", context, parameter) from error
        if not isinstance(action, dict):
            raise click.BadParameter(f"{text!r} is no JSON object of an action's fields", context, parameter)
        found.append(action)
    return found


@click.command()
@click.argument("target", metavar="NAME|URL")
@click.option(
    "--sessions",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="one for each processor",
    help="How many sessions are measured at once.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.0, max=3600.0, min_open=True),
    default=2.0,
    show_default=True,
    help="For how long each part is measured.",
)
@click.option(
    "--action",
    "actions",
    metavar="JSON",
    multiple=True,
    callback=_actions,
    help="An action by its fields. May be repeated: an episode has these, in place of the example policy's.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench(target: str, *, sessions: int, seconds: float, actions: list[dict[str, Any]], as_json: bool) -> None:
    """Measure an environment as its user would meet it.

    NAME is an installed environment, which runs embedded, in processes of this machine; URL is a server's, reached over
    WebSocket. Episodes of the environment's example policy are played, one after another. A server whose environment is
    not installed here needs --action; without one it is only reset.
    """
    subject = Subject.of(target)
    shown = subject.name or target
    found = measure(
        subject,
        actions=actions,
        sessions=sessions,
        seconds=seconds,
        on_part=lambda part: click.echo(f"{shown}: {part}", err=True),
    )
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), indent=2))
        return
    Console().print(_table(found, title=shown))
    if found.one_session.steps == 0:
        click.echo("It was only reset: no actions are known; give some with --action JSON", err=True)


def _table(found: Measurement, *, title: str) -> Table:
    table = Table(title, "figure", "what it is")
    table.columns[1].justify = "right"
    alone, beginning = found.one_session, "connecting" if found.url else "starting its process"
    table.add_row("first reset", duration(found.first_reset_s), f"with {beginning}")
    table.add_row("reset", duration(alone.reset_median_s), f"median of {alone.resets:,}, in a session that lives")
    if alone.steps:
        _add_steps(table, found)
    if found.url is None:
        table.add_row("memory", memory(found.memory_per_session_bytes), "of each session, its client included")
        table.add_row("isolation", "", found.isolation)
    return table


def _add_steps(table: Table, found: Measurement) -> None:
    alone = found.one_session
    most = f"95 of 100 within {duration(alone.step_p95_s)}"
    table.add_row("step", duration(alone.step_median_s), f"median of {alone.steps:,}; {most}")
    table.add_row(
        "one session", rate(alone.steps_per_s), f"resets included, one in {found.episode_steps} steps or sooner"
    )
    table.add_row(f"{found.sessions} at once", rate(found.at_once.steps_per_s), "the same, a thread for each session")
    if found.vector is not None:
        table.add_row(
            f"vector of {found.sessions}", rate(found.vector.steps_per_s), "the same, one call for all sessions"
        )
