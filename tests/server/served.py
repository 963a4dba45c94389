"""A server of these tests: ``python -m tests.server.served JOURNAL HOST [OPTION=NUMBER …]`` prints its URL and serves
until a signal, with these options of ``serve``.

``uvicorn --factory tests.server.served:app`` serves the same; the first two arguments are then variables.
"""

import json
import os
import sys
from functools import partial

from fastapi import FastAPI

from openenv import create_app
from openenv.server.serving import serve
from tests.server.environments import Counter


def app() -> FastAPI:
    """From the variables ``JOURNAL`` and ``HOST``."""
    return create_app(partial(Counter, os.environ["JOURNAL"]), host_sessions=os.environ["HOST"])


if __name__ == "__main__":
    serve(
        create_app(partial(Counter, sys.argv[1]), host_sessions=sys.argv[2]),
        port=0,
        on_ready=lambda url: print(url, flush=True),
        **{name: json.loads(number) for name, _, number in (option.partition("=") for option in sys.argv[3:])},
    )
