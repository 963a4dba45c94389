"""The options of ``openenv serve`` that say what sessions are granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from openenv.sessions.pool import PoolOptions

F = TypeVar("F", bound=Callable[..., Any])

_SECONDS = click.FloatRange(min=0.0, min_open=True, max=365 * 24 * 3600)

# An option, the field of PoolOptions that it sets (a part's after a dot), its type, and what it means.
_OPTIONS: list[tuple[str, str, Any, str]] = [
    ("--max-sessions", "max_sessions", click.IntRange(min=1), "How many sessions there may be at a time."),
    ("--host-sessions", "host", click.Choice(["inline", "thread", "process"]), "Where each session runs."),
    ("--max-waiting", "queue.max_waiting", click.IntRange(min=0), "How many clients may wait for a session."),
    ("--max-wait", "queue.max_wait_s", _SECONDS, "For how many seconds a client waits for a session."),
    ("--lease", "leases.alone_s", _SECONDS, "Seconds for which a session lives without a connection."),
    ("--http-lease", "leases.http_s", _SECONDS, "Seconds for which a session lives without a request, over HTTP."),
    ("--idle-timeout", "leases.quiet_s", _SECONDS, "Seconds for which a session lives of which nothing is asked."),
    ("--create-timeout", "deadlines.create_s", _SECONDS, "Seconds that making an environment may take."),
    ("--reset-timeout", "deadlines.reset_s", _SECONDS, "Seconds that a reset may take."),
    ("--step-timeout", "deadlines.step_s", _SECONDS, "Seconds that a step may take."),
    ("--state-timeout", "deadlines.state_s", _SECONDS, "Seconds that asking for the state may take."),
    ("--close-timeout", "deadlines.close_s", _SECONDS, "Seconds that closing an environment may take."),
    ("--grace", "deadlines.grace_s", _SECONDS, "Seconds that an interrupted call has before it is ended."),
    ("--max-memory", "limits.address_space_bytes", click.IntRange(min=1), "Bytes of address space of each process."),
    ("--max-cpu-time", "limits.cpu_time_s", _SECONDS, "Seconds of processor time of each process."),
]


def session_options(command: F) -> F:
    """Add the options to a command."""
    for flag, field, kind, text in reversed(_OPTIONS):
        command = click.option(flag, _name(field), type=kind, help=text)(command)
    return command


def changes(given: Mapping[str, Any]) -> Callable[[PoolOptions], PoolOptions] | None:
    """What the options that were given make of others; None where none was."""
    wanted = {field: given[_name(field)] for _, field, _, _ in _OPTIONS if given[_name(field)] is not None}
    return (lambda options: _changed(options, wanted)) if wanted else None


def _changed(options: PoolOptions, wanted: Mapping[str, Any]) -> PoolOptions:
    from openenv.sessions.host import HostKind

    for field, value in wanted.items():
        part, _, name = field.rpartition(".")
        change: dict[str, Any] = {name: HostKind(value) if name == "host" else value}
        if part:
            change = {part: replace(getattr(options, part), **change)}
        options = replace(options, **change)
    return options


def _name(field: str) -> str:
    return "session_" + field.replace(".", "_")
