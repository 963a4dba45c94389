"""The program: the group of commands, and what becomes of errors."""

from __future__ import annotations

import sys

import click

from openenv.errors import OpenEnvError
from openenv.registry.loading import load_object

COMMANDS = {
    "bench": ("openenv.cli.bench:bench", "Measure an environment as its user would meet it."),
    "demo": ("openenv.cli.demo:demo", "Play a short episode in every installed environment."),
    "doctor": ("openenv.cli.doctor:doctor", "Show what isolation this machine gives, and what would raise it."),
    "info": ("openenv.cli.info:info", "Show one environment: its parts and its models."),
    "list": ("openenv.cli.listing:listing", "List the installed environments."),
    "serve": ("openenv.cli.serve:serve", "Serve an environment over HTTP and WebSocket."),
    "version": ("openenv.cli.version:version", "Show the versions that matter for a bug report."),
}
"""Each command's place and its line in the help; the module is imported when the command is used."""


class LazyCommands(click.Group):
    """Shows its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = load_object(COMMANDS[cmd_name][0])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line for each, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=LazyCommands)
@click.version_option(package_name="openenv", prog_name="openenv", message="%(prog)s %(version)s")
def program() -> None:
    """Isolated, typed, stateful environments for agents that learn."""


def run() -> None:
    """Run the command line. This library's errors become one message and exit status 1; wrong usage exits with 2."""
    try:
        program.main(prog_name="openenv")
    except OpenEnvError as error:
        click.echo(f"openenv: {error}", err=True)
        sys.exit(1)
