"""The cases, in the order of the report. Another one is a module here that defines ``CASE``, and its name below."""

from importlib import import_module

from benchmarks.case import Case

_MODULES = (
    "import_cost",
    "client_process",
    "command_help",
    "first_reset",
    "embedded_step",
    "websocket_step",
    "inline_step",
    "process_step",
    "embedded_arrays",
    "websocket_arrays",
    "codec",
    "new_session",
    "connections",
    "inline_connections",
    "cores",
    "batches",
    "vector",
    "openspiel",
    "atari",
    "atari_vector",
    "atari_reset",
    "waits",
    "many_sessions",
    "queue",
    "fork",
    "sandbox_create",
    "sandbox_exec",
    "sandbox_fork",
    "sandbox_episodes",
    "sandbox_memory",
    "coding",
)


def all_cases() -> list[Case]:
    """Every case."""
    return [import_module(f"benchmarks.cases.{name}").CASE for name in _MODULES]
