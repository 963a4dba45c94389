"""An application whose environments are made by a function without a name, as some existing environments have it."""

from openenv.core.env_server import create_app, create_fastapi_app
from tests.server.environments import Add, Counter, Total


class Ahead(Counter):
    """Begins with what it is told."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self._state.total = total


app = create_app(lambda: Ahead(100), Add, Total)
other = create_fastapi_app(lambda: Ahead(200), Add, Total)
