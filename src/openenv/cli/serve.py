"""``openenv serve``: an environment over HTTP and WebSocket."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any

import click

from openenv.cli.session_options import changes, session_options
from openenv.errors import MissingExtra
from openenv.processes.parent_death import end_with_parent


def _options(context: click.Context, parameter: click.Parameter, pairs: tuple[str, ...]) -> dict[str, Any]:
    """``NAME=VALUE`` pairs; what is no JSON is text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise click.BadParameter(f"{pair!r} is not of the form NAME=VALUE", context, parameter)
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


@click.command()
@click.argument("target")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@session_options
@click.option(
    "--option",
    "options",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_options,
    help="A constructor argument of the environment; VALUE is JSON, or text. May be repeated.",
)
@click.option("--fd", type=int, help="Listen on this socket, which the parent process has opened, and print nothing.")
@click.option("--parent", type=int, metavar="PID", help="End with this process, the parent.")
def serve(
    target: str,
    *,
    host: str,
    port: int,
    options: dict[str, Any],
    fd: int | None,
    parent: int | None,
    **sessions: Any,
) -> None:
    """Serve an environment over HTTP and WebSocket, until SIGTERM or Ctrl-C.

    TARGET is the name of an installed environment, a folder with an openenv.yaml, or module:attribute, where the
    attribute is an Environment class or an application that create_app made. Where an installed environment's
    constructor gets options, routes that its own application adds are not served.
    """
    if parent is not None:
        end_with_parent(parent)
    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise MissingExtra("what a server needs", extra="server")
    from openenv.cli.target import Wishes, application_of  # which need the extra
    from openenv.server import serving
    from openenv.server.env_server import HTTPEnvServer

    application = application_of(target, Wishes(options, changes(sessions)))
    server = getattr(application.state, "openenv", None)

    def announce(url: str) -> None:
        if fd is None:
            click.echo(f"{target} is served at {url} (Ctrl-C ends it)")
            if isinstance(server, HTTPEnvServer):
                click.echo(f"up to {server.pool.max_sessions:,} sessions, {server.pool.host_kind} host")

    try:
        serving.serve(application, host=host, port=port, fd=fd, on_ready=announce)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
