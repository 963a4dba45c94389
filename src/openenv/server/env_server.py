"""``HTTPEnvServer``: the sessions of one environment, and the routes through which they are reached."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.routing import WebSocketRoute

from openenv.contract.signature import ModelTypes
from openenv.errors import ConcurrencyConfigurationError
from openenv.server.messages import ConcurrencyConfig, ServerCapacityStatus, ServerMode
from openenv.server.production import production_exchange
from openenv.server.questions import Questions
from openenv.server.routes import add_routes
from openenv.server.routes_episode import EpisodeRoutes
from openenv.server.routes_info import InfoRoutes
from openenv.server.routes_tasks import TaskRoutes
from openenv.server.routes_tools import ToolRoutes
from openenv.server.websocket import WebSocketEndpoint
from openenv.sessions.applications import remember
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.pool import PoolOptions, SessionPool
from openenv.settings import server_mode
from openenv.wire.exchange import server_exchange
from openenv.wire.v1 import FlatFields


class HTTPEnvServer:
    """Holds the pool of sessions; ``register_routes`` adds the routes to an application.

    ``env`` is an ``Environment`` class, or a function that makes one. The model types are read off the class where
    they are not given. ``host_sessions`` (``"inline"``, ``"thread"`` or ``"process"``) overrides what the class
    declares, and ``session_options`` says everything else that sessions are granted; ``module`` is the one whose import
    makes this server again.
    """

    def __init__(
        self,
        env: Callable[[], Any],
        action_cls: type[Any] | None = None,
        observation_cls: type[Any] | None = None,
        max_concurrent_envs: int | None = None,
        concurrency_config: ConcurrencyConfig | None = None,
        env_name: str | None = None,
        state_cls: type[Any] | None = None,
        *,
        reset_observation_cls: type[Any] | None = None,
        host_sessions: str | None = None,
        session_options: PoolOptions | None = None,
        module: str | None = None,
    ) -> None:
        if not callable(env):
            raise TypeError(f"env is an instance of {type(env).__name__}; pass the class, or a function that makes one")
        given = {"action": action_cls, "observation": observation_cls, "state": state_cls}
        types = _completed(env, {**given, "reset_observation": reset_observation_cls})
        factory = EnvironmentFactory.of(env, types=types)
        self._endpoints: list[WebSocketEndpoint] = []
        self.types = factory.types()
        self.env_name = env_name or factory.name
        self.pool = SessionPool(
            factory,
            _options(session_options or PoolOptions(), max_concurrent_envs, concurrency_config, host_sessions),
            application=remember(module or sys._getframe(1).f_globals["__name__"], env),
        )

    def register_routes(self, app: FastAPI, mode: ServerMode | str | None = None) -> None:
        """Add ``/ws`` and the HTTP routes. The application's lifespan ends with closing the sessions.

        ``mode`` is ``OPENENV_MODE`` where it is not given. In production there is no reset, step and state.
        """
        production = _is_production(mode)
        questions = Questions(self.pool, env_name=self.env_name)
        groups: list[InfoRoutes | TaskRoutes | ToolRoutes | EpisodeRoutes] = [
            InfoRoutes(self.types, questions, self.pool),
            TaskRoutes(self.env_name, questions),
            ToolRoutes(),
        ]
        if not production:
            groups.append(EpisodeRoutes(self.pool))
        add_routes(app, [route for group in groups for route in group.routes()])
        exchange = production_exchange if production else partial(server_exchange, flat=FlatFields.of(self.types))
        endpoint = WebSocketEndpoint(self.pool, exchange=exchange)
        self._endpoints.append(endpoint)
        app.router.routes.append(WebSocketRoute("/ws", endpoint, name="session"))
        app.router.lifespan_context = self._closing(app.router.lifespan_context)

    async def drain(self, within_s: float) -> None:
        """Admit nobody any more, let the calls in flight end for a bounded time, and tell every peer."""
        self.pool.drain()
        await self.pool.settle(within_s)
        for endpoint in self._endpoints:
            endpoint.drain()

    async def close(self) -> None:
        """End every session."""
        await self.pool.close_all()

    @property
    def active_sessions(self) -> int:
        """How many sessions there are."""
        return self.pool.active_sessions

    @property
    def max_concurrent_envs(self) -> int:
        """How many sessions there may be."""
        return self.pool.max_sessions

    def get_capacity_status(self) -> ServerCapacityStatus:
        """How many sessions there are, and how many there may be."""
        return ServerCapacityStatus.from_counts(self.active_sessions, self.max_concurrent_envs)

    def _closing(self, lifespan_of: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @asynccontextmanager
        async def lifespan(app: Any) -> AsyncIterator[Any]:
            async with lifespan_of(app) as state:
                try:
                    yield state
                finally:
                    await self.close()

        return lifespan


def _is_production(mode: ServerMode | str | None) -> bool:
    wanted = server_mode() if mode is None else mode
    try:
        return ServerMode(wanted) is ServerMode.PRODUCTION
    except ValueError:
        name = "OPENENV_MODE" if mode is None else "mode"
        known = " or ".join(repr(kind.value) for kind in ServerMode)
        raise ValueError(f"{name} is {known}, not {wanted!r}") from None


def _completed(env: Callable[[], Any], given: Mapping[str, type[Any] | None]) -> ModelTypes | None:
    """The types that are given, completed by what the class says; None when none is given."""
    types = {name: model for name, model in given.items() if model is not None}
    if not types:
        return None
    try:
        return replace(EnvironmentFactory.of(env).types(), **types)
    except TypeError:  # the class says nothing
        if not {"action", "observation"} <= types.keys():
            raise
        return ModelTypes(**types)


def _options(
    options: PoolOptions, max_concurrent_envs: int | None, config: ConcurrencyConfig | None, host: str | None
) -> PoolOptions:
    """The options with what the other arguments say."""
    if max_concurrent_envs is not None and config is not None:
        raise ConcurrencyConfigurationError("pass max_concurrent_envs or concurrency_config, not both")
    limit = config.max_concurrent_envs if config is not None else max_concurrent_envs
    if limit is not None and limit < 1:
        raise ConcurrencyConfigurationError(f"max_concurrent_envs is {limit}; at least one session must be possible")
    if config is not None and config.session_timeout is not None:
        options = replace(options, leases=replace(options.leases, http_s=config.session_timeout))
    changes: dict[str, Any] = {"max_sessions": limit, "host": HostKind(host) if host else None}
    return replace(options, **{name: value for name, value in changes.items() if value is not None})
