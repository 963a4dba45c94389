"""The server of these tests: every environment, on threads and in processes, each at ``/<host>/<name>``.

``python -m tests.behaviour.served`` prints its URL and serves until SIGTERM. With ``module:class`` it serves that
environment alone, and gives its sessions the usual leases (or short ones); with a host and a port too, at the root;
with ``--these`` it serves several.
"""

import sys

from fastapi import FastAPI

from openenv import create_app
from openenv.registry.loading import load_object
from openenv.server.serving import serve
from openenv.sessions.capacity import Queue
from openenv.sessions.leases import Leases
from openenv.sessions.pool import PoolOptions

ENVIRONMENTS = {
    "canvas": ("Canvas", "Mural"),
    "environments": ("Walk", "Bare", "Shell", "Hangman"),
    "forking": (
        "Table",
        "CopiedTable",
        "LodgingTable",
        "BrittleLodgingTable",
        "CountingTable",
        "SavedTable",
        "FixedTable",
        "BrittleTable",
        "OddTable",
        "AwaitedTable",
    ),
    "ledger": ("Ledger",),
    "living": ("Ticker", "Stay", "Loud"),
    "unruly": ("Unruly", "Clinging", "Stillborn", "Vanishing"),
}
"""By module of this folder; each is imported only where it is served."""

SHORT_LEASES = PoolOptions(leases=Leases(alone_s=1.0))
"""So that a test sees the end of a session whose client does not come back."""

ONE_SLOT = PoolOptions(max_sessions=1, queue=Queue(max_waiting=0))
"""Nobody waits for it."""


def everything() -> FastAPI:
    """All environments."""
    names = [f"tests.behaviour.{module}:{name}" for module, names in ENVIRONMENTS.items() for name in names]
    return around(names, SHORT_LEASES)


def around(targets: list[str], options: PoolOptions) -> FastAPI:
    """One application around those of environments."""
    app = FastAPI()
    for environment in map(load_object, targets):
        for host in ("inline", "thread", "process"):
            inner = create_app(environment, host_sessions=host, session_options=options)
            app.mount(f"/{host}/{environment.__name__}", inner)
    return app


def main() -> None:
    """The program."""
    match sys.argv[1:]:
        case ["--these", port, *targets]:
            app = around(targets, PoolOptions())
        case ["--one-slot", target]:
            app, port = around([target], ONE_SLOT), "0"
        case [target, host, port]:
            app = create_app(load_object(target), host_sessions=host)
        case [target]:
            app, port = around([target], PoolOptions()), "0"
        case ["--short-leases", target]:
            app, port = around([target], SHORT_LEASES), "0"
        case _:
            app, port = everything(), "0"
    serve(app, port=int(port), on_ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
