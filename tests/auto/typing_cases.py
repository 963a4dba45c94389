"""What a type checker makes of each way to begin a session; ``test_types.py`` has it checked."""

from typing import Any, assert_type

from echo_env import EchoAction, EchoEnv, EchoObservation, EchoState
from openenv import (
    AutoAction,
    AutoEnv,
    BatchResult,
    EnvClient,
    StepResult,
    SyncEnvClient,
    SyncVectorEnv,
    VectorEnv,
)
from openenv.errors import OpenEnvError


def by_name() -> None:
    _ = assert_type(AutoEnv.from_env("echo-env"), SyncEnvClient[Any, Any, Any])
    _ = assert_type(AutoEnv.from_env("echo-env", runtime="process", options={"a": 1}), SyncEnvClient[Any, Any, Any])
    _ = assert_type(AutoEnv.from_env("echo-env").sync(), SyncEnvClient[Any, Any, Any])
    _ = assert_type(AutoEnv.from_env("echo-env").reset(), StepResult[Any])
    with AutoEnv.from_env("echo-env") as env:
        _ = assert_type(env, SyncEnvClient[Any, Any, Any])
    assert_type(AutoAction.from_env("echo-env"), type[Any])


def many_by_name() -> None:
    _ = assert_type(AutoEnv.from_env("echo-env", num_envs=8), SyncVectorEnv[Any, Any, Any])
    _ = assert_type(AutoEnv.from_env("echo-env", num_envs=None), SyncEnvClient[Any, Any, Any])
    _ = assert_type(
        AutoEnv.from_env("echo-env", ["http://a", "http://b"], num_envs=8, batch_size=4, autoreset_mode="SAME_STEP"),
        SyncVectorEnv[Any, Any, Any],
    )
    with AutoEnv.from_env("echo-env", num_envs=8) as envs:
        _ = assert_type(envs, SyncVectorEnv[Any, Any, Any])
        assert_type(envs.reset(seed=[1, None]), BatchResult[Any])
        for result in envs.step([1] * 8):
            assert_type(result, StepResult[Any])
        envs.send([1], [0])
        assert_type(envs.recv(timeout_s=1.0).errors, dict[int, OpenEnvError])


async def many_by_name_asynchronous() -> None:
    assert_type(await AutoEnv.from_env("echo-env", num_envs=8), VectorEnv[Any, Any, Any])
    async with AutoEnv.from_env("echo-env", num_envs=8) as envs:
        assert_type(envs, VectorEnv[Any, Any, Any])
        assert_type(await envs.reset(seed=7), BatchResult[Any])
        await envs.send([1], [0])
        assert_type(await envs.recv(), BatchResult[Any])


async def by_name_asynchronous() -> None:
    assert_type(await AutoEnv.from_env("echo-env"), EnvClient[Any, Any, Any])
    async with AutoEnv.from_env("echo-env") as env:
        assert_type(env, EnvClient[Any, Any, Any])
        assert_type(await env.reset(), StepResult[Any])


def many_by_class() -> None:
    with VectorEnv(EchoEnv(base_url="http://127.0.0.1:8000"), 8) as envs:
        _ = assert_type(envs, SyncVectorEnv[EchoAction, EchoObservation, EchoState])
        assert_type(envs.step([EchoAction(message="hi")] * 8)[0].observation.message_length, int)


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
    _ = AutoEnv.from_env("echo-env", batch_size=4)  # type: ignore[call-overload]
    _ = AutoEnv.from_env("echo-env", ["http://a", "http://b"])  # type: ignore[call-overload]
    with VectorEnv(EchoEnv(base_url="http://127.0.0.1:8000"), 8) as envs:
        envs.step(["hi"] * 8)  # type: ignore[list-item]
    with EchoEnv(base_url="http://127.0.0.1:8000") as env:
        env.step("hi")  # type: ignore[arg-type]
