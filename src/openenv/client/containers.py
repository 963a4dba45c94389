"""What a client says where it would need a container, which this version does not start."""

from __future__ import annotations

from openenv.errors import RuntimeUnavailable


def no_containers(what: str) -> RuntimeUnavailable:
    """The error for an image or a repository: what is missing, and what works instead."""
    return RuntimeUnavailable(
        f"{what} needs the container runtime, which this version does not have. AutoEnv.from_env(NAME) runs an "
        "installed environment; a client's base_url reaches a server that runs already, in a container or elsewhere"
    )
