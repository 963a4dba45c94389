"""An environment that does what its actions say, for vectors of it."""

import os
import select
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

import numpy as np

from openenv import Action, EnvClient, Environment, Observation, State, Transitions, VectorEnvironment
from openenv.contract.arrays import ArraySpec

LENGTH = 4
"""Steps of an episode."""


class Do(Action):
    """``go``; ``raise`` or ``die``; ``need``, which raises where ``until`` exists; ``wait``, which reads from the named
    pipe ``until`` before it goes on, ``cling``, which does so in spite of interrupts, and ``wait or die`` of one;
    ``truncate``, with or without being ``done``; ``overpay``; ``tell``, with infos of every kind."""

    what: str = "go"
    until: str = ""


class Seen(Observation):
    """The number of the step, and an array of them."""

    number: int
    numbers: Annotated[np.ndarray, ArraySpec("int32", (2,))]
    word: str = ""


class Tally(State):
    """All steps since the environment was made."""

    steps: int = 0


def seen(number: int, **more: Any) -> Seen:
    return Seen(number=number, numbers=np.array([number, -number], "int32"), word="x" * number, **more)


def infos(number: int) -> dict[str, Any]:
    """Numbers, words, and others below; some are there only at times."""
    told = {"whole": number, "half": number / 2, "even": number % 2 == 0, "word": "y" * number, "deep": {"er": number}}
    return told | ({"odd": number, "list": [number]} if number % 2 else {"other": {"half": number / 2}})


def read(until: str) -> None:
    """Until who writes to the pipe closes it. A signal may come just before a call that waits, which it does not wake:
    none waits for long."""
    pipe = os.open(until, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while not select.select([pipe], [], [], 0.05)[0]:
            pass
    finally:
        os.close(pipe)


class Obedient(Environment[Do, Seen, Tally]):
    """The seed is the number of the first step; the reward is the number, and an episode has ``LENGTH`` steps."""

    def __init__(self) -> None:
        super().__init__()
        self._steps = self._resets = self._number = self._left = 0

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        length: int = LENGTH,
        what: str = "go",
        until: str = "",
    ) -> Seen:
        self._resets += 1
        self._do(what, until)
        self._number, self._left = seed or 0, length
        return seen(self._number, metadata={"seed": seed, "pid": os.getpid(), "resets": self._resets})

    def step(self, action: Do, timeout_s: float | None = None, **options: Any) -> Seen:
        self._steps += 1
        self._do(action.what, action.until)
        self._number, self._left = self._number + 1, self._left - 1
        truncated = action.what in ("truncate", "truncate, done")
        done = self._left == 0 or action.what == "truncate, done"
        reward = float("nan") if action.what == "overpay" else float(self._number)
        metadata = infos(self._number) if action.what == "tell" else {}
        return seen(self._number, reward=reward, done=done, truncated=truncated, metadata=metadata)

    def _do(self, what: str, until: str) -> None:
        match what:
            case "raise":
                raise RuntimeError("as you wish")
            case "die":
                os._exit(3)
            case "need":
                if os.path.exists(until):
                    raise RuntimeError("not now")
            case "wait":
                read(until)
            case "wait or die":
                try:
                    read(until)
                except KeyboardInterrupt:
                    os._exit(4)
            case "cling":
                while True:
                    with suppress(KeyboardInterrupt):
                        return read(until)

    @property
    def state(self) -> Tally:
        return Tally(steps=self._steps)


class Inline(Obedient):
    """Its sessions share a worker."""

    SUPPORTS_CONCURRENT_SESSIONS = True
    SESSION_HOST = "inline"


class Seated(Obedient):
    """Plays many episodes itself."""

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> "Many":
        return Many(num_envs)


class Many(VectorEnvironment[Do, Seen]):
    """As many of the others, as columns of a step and as a list of a reset."""

    def __init__(self, num_envs: int) -> None:
        self._each = [Obedient() for _ in range(num_envs)]

    def reset(
        self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]
    ) -> Sequence[Seen]:
        return [self._each[e].reset(seed=seed, **options) for e, seed in zip(episodes, seeds, strict=True)]

    def step(self, episodes: Sequence[int], actions: Sequence[Do]) -> Transitions:
        stepped = [self._each[e].step(action) for e, action in zip(episodes, actions, strict=True)]
        columns = {
            "number": [one.number for one in stepped],
            "numbers": np.stack([one.numbers for one in stepped]),
            "word": [one.word for one in stepped],
        }
        rewards, done = np.array([one.reward for one in stepped]), np.array([one.done for one in stepped])
        truncated = np.array([one.truncated for one in stepped])
        return Transitions(columns, rewards, done, truncated, [one.metadata for one in stepped])


class ObedientEnv(EnvClient[Do, Seen, Tally]): ...
