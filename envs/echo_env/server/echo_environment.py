"""The echo environment."""

import random
import uuid
from typing import Any

from echo_env.models import EchoAction, EchoObservation, EchoState
from openenv import Environment


class EchoEnvironment(Environment[EchoAction, EchoObservation, EchoState]):
    """Repeats each message; the reward is a tenth of its length, so that there is something to learn.

    ``reset(seed)`` greets with a number drawn from the seed. Episodes have no end.
    """

    SUPPORTS_CONCURRENT_SESSIONS = True
    SESSION_HOST = "inline"

    def __init__(self, greeting: str = "Echo environment ready") -> None:
        super().__init__()
        self._greeting = greeting
        self._episode_id: str | None = None
        self._step_count = 0
        self._last_message: str | None = None

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> EchoObservation:
        """A new episode. The same seed draws the same number in the observation's metadata."""
        self._episode_id = episode_id or str(uuid.uuid4())
        self._step_count, self._last_message = 0, None
        metadata = {} if seed is None else {"seed": seed, "draw": random.Random(seed).random()}
        return self._say(self._greeting, reward=None, metadata=metadata)

    def step(self, action: EchoAction, timeout_s: float | None = None, **options: Any) -> EchoObservation:
        """The message back."""
        self._step_count += 1
        self._last_message = action.message
        return self._say(action.message, reward=len(action.message) * 0.1, metadata={})

    @property
    def state(self) -> EchoState:
        """The episode and the last message."""
        return EchoState(episode_id=self._episode_id, step_count=self._step_count, last_message=self._last_message)

    def _say(self, message: str, *, reward: float | None, metadata: dict[str, Any]) -> EchoObservation:
        return EchoObservation(echoed_message=message, message_length=len(message), reward=reward, metadata=metadata)
