"""``create_app``: from an environment class to an application."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from openenv.server.env_server import HTTPEnvServer
from openenv.server.messages import ConcurrencyConfig, ServerMode
from openenv.sessions.pool import PoolOptions

_API_VERSION = "1.0.0"


def create_app(
    env: Callable[[], Any],
    action_cls: type[Any] | None = None,
    observation_cls: type[Any] | None = None,
    env_name: str | None = None,
    max_concurrent_envs: int | None = None,
    concurrency_config: ConcurrencyConfig | None = None,
    gradio_builder: Callable[..., Any] | None = None,
    custom_tab_name: str = "Custom",
    custom_tab_primary: bool = False,
    show_default_tab: bool = True,
    title_override: str | None = None,
    state_cls: type[Any] | None = None,
    *,
    mode: ServerMode | str | None = None,
    reset_observation_cls: type[Any] | None = None,
    host_sessions: str | None = None,
    session_options: PoolOptions | None = None,
) -> FastAPI:
    """An application that serves sessions of an environment; nothing starts before the first request.

    ``env`` is an ``Environment`` class, or a function that makes one. The model types are read off the class where
    they are not given. ``max_concurrent_envs`` is how many sessions there may be (``concurrency_config`` says the same
    and for how long they may be idle). ``host_sessions`` (``"inline"``, ``"thread"`` or ``"process"``) overrides what
    the class declares; ``session_options`` has the rest: queue, leases, deadlines, limits of processes.
    ``mode="production"`` offers no reset, step and state.

    An application around this one enters ``app.router.lifespan_context``, so that the sessions are closed with it.
    ``gradio_builder``, ``custom_tab_name``, ``custom_tab_primary`` and ``show_default_tab`` describe a web page, which
    this server does not have; they are accepted and change nothing.
    """
    server = HTTPEnvServer(
        env,
        action_cls,
        observation_cls,
        max_concurrent_envs,
        concurrency_config,
        env_name,
        state_cls,
        reset_observation_cls=reset_observation_cls,
        host_sessions=host_sessions,
        session_options=session_options,
        module=sys._getframe(1).f_globals["__name__"],
    )
    return _application(server, title=title_override or server.env_name, mode=mode)


def create_fastapi_app(
    env: Callable[[], Any],
    action_cls: type[Any] | None = None,
    observation_cls: type[Any] | None = None,
    max_concurrent_envs: int | None = None,
    concurrency_config: ConcurrencyConfig | None = None,
    env_name: str | None = None,
    state_cls: type[Any] | None = None,
    *,
    mode: ServerMode | str | None = None,
    reset_observation_cls: type[Any] | None = None,
    host_sessions: str | None = None,
    session_options: PoolOptions | None = None,
) -> FastAPI:
    """``create_app`` with its arguments in another order, and without those of a web page."""
    server = HTTPEnvServer(
        env,
        action_cls,
        observation_cls,
        max_concurrent_envs,
        concurrency_config,
        env_name,
        state_cls,
        reset_observation_cls=reset_observation_cls,
        host_sessions=host_sessions,
        session_options=session_options,
        module=sys._getframe(1).f_globals["__name__"],
    )
    return _application(server, title=server.env_name, mode=mode)


def _application(server: HTTPEnvServer, *, title: str, mode: ServerMode | str | None) -> FastAPI:
    app = FastAPI(title=title, version=_API_VERSION)
    app.state.openenv = server
    server.register_routes(app, mode)
    return app
