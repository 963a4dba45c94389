"""An episode of an environment's own example policy, played through the embedded runtime and timed."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openenv.auto.auto_env import AutoEnv
from openenv.client.sync import SyncEnvClient
from openenv.contract.results import StepResult
from openenv.registry.description import EnvironmentDescription
from openenv.registry.loading import load_object

MAX_STEPS = 100


@dataclass(frozen=True)
class Episode:
    """How it went. Times are in seconds; ``reward`` is the sum, None where there was none; ``error`` is what ended it,
    None for a good end."""

    environment: str
    steps: int = 0
    reward: float | None = None
    median_step_s: float | None = None
    isolation: str = ""
    error: str | None = None


def play(description: EnvironmentDescription, *, on_step: Callable[[int, int], object]) -> Episode:
    """One episode; ``on_step`` gets the number of steps taken and of all. What goes wrong is in the result."""
    try:
        actions = example_actions(description)
        on_step(0, len(actions))
        with AutoEnv.from_env(description.name) as env:
            return _play(env, description.name, actions, on_step)
    except (Exception, SystemExit) as error:  # the environment's client, its policy or the environment itself
        return Episode(description.name, error=f"{type(error).__name__}: {error}")


def example_actions(description: EnvironmentDescription) -> list[Any]:
    """The actions of the example policy, a hundred at most; none where there is no policy. What it raises passes
    through."""
    policy = load_object(description.example_policy)() if description.example_policy else ()
    return list(itertools.islice(policy, MAX_STEPS))


def _play(
    env: SyncEnvClient[Any, Any, Any], name: str, actions: list[Any], on_step: Callable[[int, int], object]
) -> Episode:
    result = env.reset(seed=0)
    times: list[float] = []
    rewards: list[float] = []
    for action in actions:
        if result.done:
            break
        started = time.perf_counter()
        result = env.step(action)
        times.append(time.perf_counter() - started)
        rewards += [] if result.reward is None else [result.reward]
        on_step(len(times), len(actions))
    return Episode(
        name,
        steps=len(times),
        reward=sum(rewards) if rewards else None,
        median_step_s=statistics.median(times) if times else None,
        isolation=_isolation(result, env),
    )


def _isolation(result: StepResult[Any], env: SyncEnvClient[Any, Any, Any]) -> str:
    """What the environment says of itself, which knows what holds the agent's code; else what holds the environment."""
    reported = (result.metadata or {}).get("isolation")
    return str(reported) if reported is not None else env.async_client.isolation
