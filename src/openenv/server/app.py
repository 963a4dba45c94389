"""``create_app``: from an environment class to an application."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from openenv.server.env_server import HTTPEnvServer


def create_app(
    env: Callable[[], Any],
    action_cls: type[Any] | None = None,
    observation_cls: type[Any] | None = None,
    env_name: str | None = None,
    max_concurrent_envs: int | None = None,
    *,
    state_cls: type[Any] | None = None,
    host_sessions: str | None = None,
) -> FastAPI:
    """An application that serves sessions of an environment; nothing starts before the first request.

    ``env`` is an ``Environment`` class, or a function that makes one. The model types are read off the class where
    they are not given. ``host_sessions`` (``"thread"`` or ``"process"``) overrides what the class declares.
    """
    server = HTTPEnvServer(
        env,
        action_cls,
        observation_cls,
        state_cls=state_cls,
        max_concurrent_envs=max_concurrent_envs,
        host_sessions=host_sessions,
        module=sys._getframe(1).f_globals["__name__"],
    )
    app = FastAPI(title=env_name or server.pool.factory.name, lifespan=_lifespan(server))
    app.state.openenv = server
    server.register_routes(app)
    return app


def _lifespan(server: HTTPEnvServer) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await server.pool.close_all()

    return lifespan
