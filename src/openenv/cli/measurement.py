"""The figures of one environment: how soon it begins, how fast it steps, alone, in several sessions and in a vector."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import Any

from openenv.cli.memory import family_bytes
from openenv.cli.subject import Subject
from openenv.client.sync import SyncEnvClient
from openenv.vector.sync import SyncVectorEnv

_WARM_UP_S = 0.2
_SEED = 0


@dataclass(frozen=True)
class Played:
    """The seconds that each call of reset and of step took, and all of them with what lay between."""

    resets: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    wall_s: float = 0.0


@dataclass(frozen=True)
class Pace:
    """How fast sessions went, all together: how many resets and steps there were, and how long one call took. Resets
    between episodes count in ``steps_per_s``. None where no step was taken."""

    resets: int
    reset_median_s: float
    steps: int
    step_median_s: float | None
    step_p95_s: float | None
    steps_per_s: float | None

    @classmethod
    def of(cls, played: Sequence[Played], *, in_a_call: int = 1) -> Pace:
        """Of those that went at the same time, with so many sessions in each call."""
        resets = [taken for one in played for taken in one.resets]
        steps = sorted(taken for one in played for taken in one.steps)
        wall_s = max(one.wall_s for one in played)
        taken = len(steps) * in_a_call
        return cls(
            resets=len(resets) * in_a_call,
            reset_median_s=statistics.median(resets),
            steps=taken,
            step_median_s=statistics.median(steps) if steps else None,
            step_p95_s=steps[math.ceil(0.95 * len(steps)) - 1] if steps else None,
            steps_per_s=taken / wall_s if steps else None,
        )


@dataclass(frozen=True)
class Measurement:
    """``first_reset_s`` is from the making of the client to the first observation. ``memory_per_session_bytes`` is None
    for a server, and where this system does not say it; ``vector`` where no actions are known, and without numpy."""

    environment: str | None
    url: str | None
    isolation: str
    seconds: float
    episode_steps: int
    first_reset_s: float
    one_session: Pace
    sessions: int
    at_once: Pace
    vector: Pace | None
    memory_per_session_bytes: int | None


def measure(
    subject: Subject,
    *,
    actions: Sequence[Any],
    sessions: int,
    seconds: float,
    on_part: Callable[[str], object],
) -> Measurement:
    """Each part for that many seconds; ``on_part`` is told which one begins. ``actions`` make an episode, in place of
    those of the example policy. What the environment, its server or its policy raises passes through."""
    on_part("the first reset")
    began = time.perf_counter()
    with subject.client() as env:
        env.reset(seed=_SEED)
        first_reset_s = time.perf_counter() - began
        actions = actions or subject.actions()
        on_part(f"one session, {seconds:g} s")
        _warm_up(env, actions)
        alone = Pace.of([play(env, actions, until=time.perf_counter() + seconds)])
        isolation = env.async_client.isolation
    on_part(f"{sessions} at once, {seconds:g} s")
    at_once, memory = _several(subject, actions, sessions=sessions, seconds=seconds)
    return Measurement(
        environment=subject.name,
        url=subject.url,
        isolation=isolation,
        seconds=seconds,
        episode_steps=len(actions),
        first_reset_s=first_reset_s,
        one_session=alone,
        sessions=sessions,
        at_once=at_once,
        vector=_vector(subject, actions, sessions=sessions, seconds=seconds, on_part=on_part),
        memory_per_session_bytes=memory,
    )


def play(env: SyncEnvClient[Any, Any, Any], actions: Sequence[Any], *, until: float) -> Played:
    """Episodes until that time of ``time.perf_counter``; one reset at least, and one step where there are actions."""
    resets: list[float] = []
    steps: list[float] = []
    began = now = time.perf_counter()
    while not resets or now < until:
        result = env.reset(seed=_SEED)
        before, now = now, time.perf_counter()
        resets.append(now - before)
        for action in actions:
            if result.done or (steps and now >= until):
                break
            result = env.step(action)
            before, now = now, time.perf_counter()
            steps.append(now - before)
    return Played(resets, steps, now - began)


def _warm_up(env: SyncEnvClient[Any, Any, Any], actions: Sequence[Any]) -> None:
    play(env, actions, until=time.perf_counter() + _WARM_UP_S)


def _several(subject: Subject, actions: Sequence[Any], *, sessions: int, seconds: float) -> tuple[Pace, int | None]:
    """Sessions at once, each with a thread and a client of its own; and by how much each has made the memory of this
    process and of those below it grow."""
    with ExitStack() as stack, ThreadPoolExecutor(sessions) as pool:
        clients = [stack.enter_context(closing(subject.client())) for _ in range(sessions)]
        before = None if subject.url is not None else family_bytes()
        list(pool.map(partial(_warm_up, actions=actions), clients))
        after = None if before is None else family_bytes()
        until = time.perf_counter() + seconds
        played = list(pool.map(partial(play, actions=actions, until=until), clients))
    grown = None if before is None or after is None else (after - before) // sessions
    return Pace.of(played), grown


def _vector(
    subject: Subject, actions: Sequence[Any], *, sessions: int, seconds: float, on_part: Callable[[str], object]
) -> Pace | None:
    """As many sessions as one object, which takes the same action in all of them."""
    if not actions or find_spec("numpy") is None:
        return None
    on_part(f"a vector of {sessions}, {seconds:g} s")
    with subject.vector(sessions) as envs:
        _play_vector(envs, actions, until=time.perf_counter() + _WARM_UP_S)
        played = _play_vector(envs, actions, until=time.perf_counter() + seconds)
    return Pace.of([played], in_a_call=sessions)


def _play_vector(envs: SyncVectorEnv[Any, Any, Any], actions: Sequence[Any], *, until: float) -> Played:
    """As ``play``; an episode ends with the first that ends. Its observations are looked at, which makes arrays of
    them."""
    resets: list[float] = []
    steps: list[float] = []
    began = now = time.perf_counter()
    while not resets or now < until:
        envs.reset(seed=[_SEED] * envs.num_envs)
        before, now = now, time.perf_counter()
        resets.append(now - before)
        for action in actions:
            batch = envs.step([action] * envs.num_envs)
            for error in batch.errors.values():
                raise error
            batch.observations  # noqa: B018
            before, now = now, time.perf_counter()
            steps.append(now - before)
            if now >= until or batch.terminated.any() or batch.truncated.any():
                break
    return Played(resets, steps, now - began)
