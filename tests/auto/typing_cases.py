"""What a type checker makes of each way to begin a session; ``test_types.py`` has it checked."""

from typing import Any, assert_type

from echo_env import EchoAction, EchoEnv, EchoObservation, EchoState
from openenv import AutoAction, AutoEnv, EnvClient, StepResult, SyncEnvClient


def by_name() -> None:
    _ = assert_type(AutoEnv.from_env("echo-env"), SyncEnvClient[Any, Any, Any])
    _ = assert_type(AutoEnv.from_env("echo-env", runtime="process", options={"a": 1}), SyncEnvClient[Any, Any, Any])
    _ = assert_type(AutoEnv.from_env("echo-env").sync(), SyncEnvClient[Any, Any, Any])
    _ = assert_type(AutoEnv.from_env("echo-env").reset(), StepResult[Any])
    with AutoEnv.from_env("echo-env") as env:
        _ = assert_type(env, SyncEnvClient[Any, Any, Any])
    assert_type(AutoAction.from_env("echo-env"), type[Any])


async def by_name_asynchronous() -> None:
    assert_type(await AutoEnv.from_env("echo-env"), EnvClient[Any, Any, Any])
    async with AutoEnv.from_env("echo-env") as env:
        assert_type(env, EnvClient[Any, Any, Any])
        assert_type(await env.reset(), StepResult[Any])


def by_class() -> None:
    _ = assert_type(EchoEnv.from_docker_image("echo:1"), SyncEnvClient[EchoAction, EchoObservation, EchoState])
    _ = assert_type(EchoEnv.from_env("org/echo"), SyncEnvClient[EchoAction, EchoObservation, EchoState])
    with EchoEnv(base_url="http://127.0.0.1:8000") as env:
        _ = assert_type(env, SyncEnvClient[EchoAction, EchoObservation, EchoState])
        assert_type(env.reset(), StepResult[EchoObservation])
        assert_type(env.step(EchoAction(message="hi")).observation.message_length, int)
        assert_type(env.state(), EchoState)


async def by_class_asynchronous() -> None:
    assert_type(await EchoEnv.from_env("org/echo"), EnvClient[EchoAction, EchoObservation, EchoState])
    async with EchoEnv(base_url="http://127.0.0.1:8000") as env:
        assert_type(env, EchoEnv)
        assert_type(await env.step(EchoAction(message="hi")), StepResult[EchoObservation])
        assert_type(await env.state(), EchoState)


def wrong() -> None:
    _ = AutoEnv.from_env("echo-env", runtime="dokcer")  # type: ignore[call-overload]
    with EchoEnv(base_url="http://127.0.0.1:8000") as env:
        env.step("hi")  # type: ignore[arg-type]
