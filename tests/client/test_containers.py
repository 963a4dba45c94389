"""Clients of containers: until there is a runtime for them, the error says what is missing and what works instead."""

import pytest

from echo_env import EchoEnv
from openenv import GenericEnvClient
from openenv.errors import RuntimeUnavailable

INSTEAD = r"needs the container runtime, which this version does not have\. AutoEnv\.from_env\(NAME\).*base_url"


@pytest.mark.parametrize("client_class", [EchoEnv, GenericEnvClient])
def test_an_image_is_not_started_yet(client_class):
    with pytest.raises(RuntimeUnavailable, match=f"^the image 'echo:1' {INSTEAD}"):
        client_class.from_docker_image("echo:1", provider=None, port=8000)


@pytest.mark.parametrize("client_class", [EchoEnv, GenericEnvClient])
def test_a_repository_is_not_started_yet(client_class):
    with pytest.raises(RuntimeUnavailable, match=f"^the repository 'org/echo-env' {INSTEAD}"):
        client_class.from_env("org/echo-env", use_docker=False)
