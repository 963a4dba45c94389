"""``HTTPEnvServer``: the sessions of one environment, and the routes through which they are reached."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.routing import WebSocketRoute

from openenv.contract.signature import ModelTypes
from openenv.server.websocket import WebSocketEndpoint
from openenv.sessions.applications import remember
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.pool import DEFAULT_MAX_SESSIONS, SessionPool


class HTTPEnvServer:
    """Holds the pool of sessions; ``register_routes`` adds the routes to an application."""

    def __init__(
        self,
        env: Callable[[], Any],
        action_cls: type[Any] | None = None,
        observation_cls: type[Any] | None = None,
        *,
        state_cls: type[Any] | None = None,
        max_concurrent_envs: int | None = None,
        host_sessions: str | None = None,
        module: str | None = None,
    ) -> None:
        factory = EnvironmentFactory.of(env, types=_declared_types(action_cls, observation_cls, state_cls))
        self.types = factory.types()
        self.pool = SessionPool(
            factory,
            max_sessions=max_concurrent_envs or DEFAULT_MAX_SESSIONS,
            host_kind=HostKind(host_sessions) if host_sessions else None,
            application=remember(module or sys._getframe(1).f_globals["__name__"], env),
        )

    def register_routes(self, app: FastAPI, mode: Any = None) -> None:
        """Add ``/ws`` and the HTTP routes."""
        app.router.routes.append(WebSocketRoute("/ws", WebSocketEndpoint(self.pool), name="session"))


def _declared_types(action: type[Any] | None, observation: type[Any] | None, state: type[Any] | None) -> ModelTypes | None:
    if action is None or observation is None:
        return None
    return ModelTypes(action, observation) if state is None else ModelTypes(action, observation, state)


