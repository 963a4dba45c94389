"""``AutoEnv``: from the name of an installed environment to a client of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from openenv.auto.names import check_is_name
from openenv.client.env_client import EnvClient
from openenv.client.generic import GenericEnvClient
from openenv.client.sync import SyncEnvClient
from openenv.errors import RuntimeUnavailable
from openenv.registry import discovery
from openenv.registry.description import EnvironmentDescription
from openenv.registry.loading import NamedFactory, load_object
from openenv.runtimes.embedded import EmbeddedRuntime
from openenv.runtimes.endpoint import Runtime

if TYPE_CHECKING:
    from openenv.vector.sync import SyncVectorEnv

RuntimeName = Literal["embedded", "inprocess", "process"]

_RUNTIMES = get_args(RuntimeName)
_CONTAINERS = ("docker", "podman")


class AutoEnv:
    """Environments by name. ``coding-env``, ``coding_env``, ``coding`` and ``CodingEnv`` name the same one."""

    @overload
    @classmethod
    def from_env(
        cls,
        name: str,
        base_url: str | None = None,
        *,
        num_envs: None = None,
        batch_size: None = None,
        autoreset_mode: None = None,
        runtime: RuntimeName = "embedded",
        options: Mapping[str, Any] | None = None,
        env_vars: Mapping[str, str] | None = None,
        docker_image: str | None = None,
        container_provider: Any = None,
        wait_timeout: float = 60.0,
        trust_remote_code: bool = False,
        skip_install: bool = False,
        **client_options: Any,
    ) -> SyncEnvClient[Any, Any, Any]: ...

    @overload
    @classmethod
    def from_env(
        cls,
        name: str,
        base_url: str | Sequence[str] | None = None,
        *,
        num_envs: int,
        batch_size: int | None = None,
        autoreset_mode: Any = None,
        runtime: RuntimeName = "embedded",
        options: Mapping[str, Any] | None = None,
        env_vars: Mapping[str, str] | None = None,
        docker_image: str | None = None,
        container_provider: Any = None,
        wait_timeout: float = 60.0,
        trust_remote_code: bool = False,
        skip_install: bool = False,
        **client_options: Any,
    ) -> SyncVectorEnv[Any, Any, Any]: ...

    @classmethod
    def from_env(
        cls,
        name: str,
        base_url: str | Sequence[str] | None = None,
        *,
        num_envs: int | None = None,
        batch_size: int | None = None,
        autoreset_mode: Any = None,
        skip_install: bool = False,
        **arguments: Any,
    ) -> SyncEnvClient[Any, Any, Any] | SyncVectorEnv[Any, Any, Any]:
        """A client of the environment, usable at once; awaiting it, or ``async with``, gives the asynchronous one.

        Nothing is started before the first call. Without a ``base_url`` the environment runs on this machine:
        ``embedded`` in a process that ends with the client, ``inprocess`` in this one, ``process`` behind a server on
        loopback, which may take ``wait_timeout`` seconds to start. ``options`` are its constructor's arguments and
        ``env_vars`` its process's environment; both are the server's own where there is a URL. ``client_options`` go
        to the client's constructor.

        With ``num_envs`` it is a vector of so many sessions (``SyncVectorEnv``; awaiting it gives the ``VectorEnv``),
        for which ``batch_size`` and ``autoreset_mode`` are, and which several URLs may share.

        ``skip_install`` gives the generic client, with dicts, also for a name that is not installed where there is a
        ``base_url``. Names of installed environments need no ``trust_remote_code``. ``docker_image`` and
        ``container_provider`` raise RuntimeUnavailable.

        UnknownEnvironment when none of that name is installed; InvalidManifest when its plug-in is broken.
        """
        check_is_name(name)
        clients = _clients(name, base_url, skip_install=skip_install, **arguments)
        if num_envs is not None:
            return _vector(clients, num_envs, batch_size=batch_size, autoreset_mode=autoreset_mode)
        if len(clients) != 1 or batch_size is not None or autoreset_mode is not None:
            raise TypeError("several URLs, batch_size and autoreset_mode are for a vector: say num_envs")
        return clients[0].sync()

    @classmethod
    def from_hub(cls, name: str, base_url: str | None = None, **options: Any) -> SyncEnvClient[Any, Any, Any]:
        """The same as ``from_env``."""
        client: SyncEnvClient[Any, Any, Any] = cls.from_env(name, base_url, **options)
        return client

    @classmethod
    def get_env_class(cls, name: str) -> type[EnvClient[Any, Any, Any]]:
        """The client class of the environment."""
        client_class: type[EnvClient[Any, Any, Any]] = load_object(discovery.describe(name).client)
        return client_class

    @classmethod
    def get_env_info(cls, name: str) -> EnvironmentDescription:
        """Where the parts of the environment are; none of them is imported."""
        return discovery.describe(name)

    @classmethod
    def list_environments(cls) -> dict[str, EnvironmentDescription]:
        """The installed environments by name. Plug-ins that cannot be loaded are left out; ``openenv list`` names
        them. (The reference prints a list and returns None.)"""
        return dict(discovery.installed_environments().environments)


def _clients(
    name: str,
    base_url: str | Sequence[str] | None,
    *,
    runtime: RuntimeName = "embedded",
    options: Mapping[str, Any] | None = None,
    env_vars: Mapping[str, str] | None = None,
    docker_image: str | None = None,
    container_provider: Any = None,
    wait_timeout: float = 60.0,
    trust_remote_code: bool = False,
    skip_install: bool = False,
    **client_options: Any,
) -> list[EnvClient[Any, Any, Any]]:
    """One for each URL; else one of a runtime."""
    if docker_image is not None or container_provider is not None:
        raise RuntimeUnavailable(
            "docker_image and container_provider need the container runtime, which this version does not have; "
            "without them the environment runs embedded, and a container that runs already is reached by base_url"
        )
    if base_url is not None:
        _refuse_for_url(runtime, options, env_vars)
        client_class = GenericEnvClient if skip_install else AutoEnv.get_env_class(name)
        urls = [base_url] if isinstance(base_url, str) else base_url
        return [client_class(base_url=url, **client_options) for url in urls]
    description = discovery.describe(name)
    client_class = GenericEnvClient if skip_install else load_object(description.client)
    provider = _runtime_of(description, runtime, options or {}, env_vars or {}, wait_timeout)
    return [client_class(provider=provider, **client_options)]


def _vector(
    clients: list[EnvClient[Any, Any, Any]], num_envs: int, *, batch_size: int | None, autoreset_mode: Any
) -> SyncVectorEnv[Any, Any, Any]:
    from openenv.vector.vector_env import VectorEnv  # which single clients do without

    mode = {} if autoreset_mode is None else {"autoreset_mode": autoreset_mode}
    return VectorEnv(clients, num_envs, batch_size=batch_size, **mode).sync()


def _runtime_of(
    description: EnvironmentDescription,
    runtime: RuntimeName,
    options: Mapping[str, Any],
    env_vars: Mapping[str, str],
    start_timeout_s: float,
) -> Runtime:
    for variable, value in env_vars.items():
        if not isinstance(value, str):
            raise TypeError(f"env_vars[{variable!r}] is {value!r}; environment variables are strings")
    factory = NamedFactory(description.environment, dict(options))
    if runtime == "embedded":
        return EmbeddedRuntime(factory, env_vars=env_vars)
    if runtime == "process":
        from openenv.runtimes.process import ProcessRuntime  # and an HTTP client, which the others do without

        return ProcessRuntime(description.name, options=options, env_vars=env_vars, start_timeout_s=start_timeout_s)
    if runtime != "inprocess":
        raise _no_such_runtime(runtime)
    if env_vars:
        raise ValueError(
            "env_vars would change the variables of this very process, for everything in it; "
            'use runtime="embedded", or set them before the program starts'
        )
    from openenv.client.local import LocalRuntime  # and the server's side of a session

    return LocalRuntime(factory)


def _no_such_runtime(runtime: str) -> Exception:
    if runtime in _CONTAINERS:
        return RuntimeUnavailable(f"this version has no runtime {runtime!r}; it has {', '.join(map(repr, _RUNTIMES))}")
    return ValueError(f"there is no runtime {runtime!r}; write one of {', '.join(map(repr, _RUNTIMES))}")


def _refuse_for_url(runtime: RuntimeName, options: Any, env_vars: Any) -> None:
    for word, value in (("options", options), ("env_vars", env_vars)):
        if value:
            raise TypeError(
                f"{word} cannot reach a server that runs already: they are given where it is started. "
                "What changes from episode to episode is passed to reset(**options)"
            )
    if runtime != "embedded":
        raise TypeError(f"a base_url says where the environment runs; leave out runtime={runtime!r}")
