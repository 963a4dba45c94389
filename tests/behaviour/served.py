"""The server of these tests: every environment, on threads and in processes, each at ``/<host>/<name>``.

``python -m tests.behaviour.served`` prints its URL and serves until SIGTERM. With a name, a host and a port it serves
that environment alone, at the root.
"""

import sys

from fastapi import FastAPI

from openenv import create_app
from openenv.server.serving import serve
from tests.behaviour.canvas import Canvas
from tests.behaviour.environments import Bare, Hangman, Shell, Walk
from tests.behaviour.living import Loud, Stay, Ticker
from tests.behaviour.unruly import Clinging, Stillborn, Unruly, Vanishing

ENVIRONMENTS = {kind.__name__: kind for kind in (Walk, Bare, Shell, Hangman, Canvas)}
ENVIRONMENTS |= {kind.__name__: kind for kind in (Ticker, Stay, Loud, Unruly, Stillborn, Vanishing, Clinging)}
HOSTS = ("thread", "process")


def everything() -> FastAPI:
    """One application around those of all environments."""
    app = FastAPI()
    for name, environment in ENVIRONMENTS.items():
        for host in HOSTS:
            app.mount(f"/{host}/{name}", create_app(environment, host_sessions=host))
    return app


def main() -> None:
    """The program."""
    match sys.argv[1:]:
        case [name, host, port]:
            app = create_app(ENVIRONMENTS[name], host_sessions=host)
        case _:
            app, port = everything(), "0"
    serve(app, port=int(port), on_ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
