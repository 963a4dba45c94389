"""The server of these tests: every environment, on threads and in processes, each at ``/<host>/<name>``.

``python -m tests.behaviour.served`` prints its URL and serves until SIGTERM. With ``module:class``, a host and a port
it serves that environment alone, at the root.
"""

import sys

from fastapi import FastAPI

from openenv import create_app
from openenv.registry.loading import load_object
from openenv.server.serving import serve
from openenv.sessions.leases import Leases
from openenv.sessions.pool import PoolOptions

ENVIRONMENTS = {
    "canvas": ("Canvas",),
    "environments": ("Walk", "Bare", "Shell", "Hangman"),
    "forking": ("Table", "CopiedTable", "SavedTable", "FixedTable", "BrittleTable", "AwaitedTable"),
    "living": ("Ticker", "Stay", "Loud"),
    "unruly": ("Unruly", "Clinging", "Stillborn", "Vanishing"),
}
"""By module of this folder; each is imported only where it is served."""

SHORT_LEASES = PoolOptions(leases=Leases(alone_s=1.0))
"""So that a test sees the end of a session whose client does not come back."""


def everything() -> FastAPI:
    """One application around those of all environments."""
    app = FastAPI()
    for name in (f"{module}:{name}" for module, names in ENVIRONMENTS.items() for name in names):
        environment = load_object(f"tests.behaviour.{name}")
        for host in ("inline", "thread", "process"):
            inner = create_app(environment, host_sessions=host, session_options=SHORT_LEASES)
            app.mount(f"/{host}/{environment.__name__}", inner)
    return app


def main() -> None:
    """The program."""
    match sys.argv[1:]:
        case [target, host, port]:
            app = create_app(load_object(target), host_sessions=host)
        case _:
            app, port = everything(), "0"
    serve(app, port=int(port), on_ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
