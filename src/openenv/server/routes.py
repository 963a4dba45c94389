"""Routes as data: what each one is called, where it is, and what answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Response

from openenv.errors import ServerError
from openenv.server.answers import answer_error

Handler = Callable[..., Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    """One route. ``answers`` is the model of its body, for the documentation; the handler's docstring describes it."""

    method: str
    path: str
    handler: Handler
    tag: str
    answers: Any = None


def add_routes(app: FastAPI, routes: Iterable[Route]) -> None:
    """Give the routes to an application. The library's errors are answered as ``answers.STATUS`` says."""
    app.add_exception_handler(ServerError, answer_error)
    for route in routes:
        app.add_api_route(
            route.path, route.handler, methods=[route.method], tags=[route.tag], response_model=route.answers
        )
