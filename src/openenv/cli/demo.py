"""``openenv demo``: a short live episode in every installed environment."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from openenv.cli.episode import Episode, play
from openenv.cli.units import duration
from openenv.registry.description import EnvironmentDescription
from openenv.registry.discovery import installed_environments


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def demo(as_json: bool) -> None:
    """Play a short episode in every installed environment.

    Each runs in a process of its own and plays its example policy. The exit status is 1 when one of them fails.
    """
    found = installed_environments()
    episodes = _play_all(found.environments.values())
    episodes += [Episode(plugin.name, error=plugin.reason) for plugin in found.broken]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(episode) for episode in episodes], indent=2))
    elif episodes:
        Console().print(_table(episodes))
    else:
        click.echo("No environments are installed. Install one with: pip install openenv-NAME-env")
    for episode in episodes:
        if episode.error is not None:
            click.echo(f"openenv: {episode.environment} failed: {episode.error}", err=True)
    sys.exit(any(episode.error is not None for episode in episodes))


def _play_all(descriptions: Iterable[EnvironmentDescription]) -> list[Episode]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        return [_play_one(description, progress) for description in descriptions]


def _play_one(description: EnvironmentDescription, progress: Progress) -> Episode:
    task = progress.add_task(description.name, total=None)
    episode = play(description, on_step=lambda done, total: progress.update(task, completed=done, total=total))
    if episode.error is None:  # the episode may have ended before the policy did
        progress.update(task, completed=episode.steps, total=episode.steps)
    progress.stop_task(task)
    return episode


def _table(episodes: list[Episode]) -> Table:
    table = Table("environment", "steps", "reward", "median step", "isolation", "outcome")
    for column in table.columns[1:4]:
        column.justify = "right"
    for episode in episodes:
        reward = "–" if episode.reward is None else f"{episode.reward:.2f}"
        outcome = "[green]ok[/]" if episode.error is None else "[red]failed[/]"
        median = duration(episode.median_step_s)
        table.add_row(episode.environment, str(episode.steps), reward, median, episode.isolation or "–", outcome)
    return table
