"""Environments that show what models and episodes may look like."""

import dataclasses
from typing import Any

import msgspec
from pydantic import field_validator

from openenv import Action, EnvClient, Environment, Observation, State, StepResult


class Move(Action):
    """Walk ``by`` steps; a negative number walks back."""

    by: int

    @field_validator("by")
    @classmethod
    def is_no_leap(cls, by: int) -> int:
        if abs(by) > 100:
            raise ValueError("nobody leaps that far")
        return by


class Sight(Observation):
    """Where the walker stands."""

    position: int


class Where(State):
    """The walk so far."""

    position: int = 0
    seed: int | None = None


class Walk(Environment[Move, Sight, Where]):
    """Walk to 10; falling below 0 ends the episode too, and after ``limit`` steps it is truncated."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._state = Where()
        self._limit = 1000

    def reset(self, seed: int | None = None, episode_id: str | None = None, limit: int = 1000) -> Sight:
        self._state, self._limit = Where(episode_id=episode_id, seed=seed), limit
        return Sight(position=0, metadata={"limit": limit})

    def step(self, action: Move, timeout_s: float | None = None, **options: Any) -> Sight:
        self._state.step_count += 1
        self._state.position += action.by
        position = self._state.position
        arrived = position < 0 or position >= 10
        late = self._state.step_count >= self._limit and not arrived
        metadata = {"granted": timeout_s} if timeout_s is not None else {}
        return Sight(position=position, reward=action.by / 4, done=arrived or late, truncated=late, metadata=metadata)

    @property
    def state(self) -> Where:
        return self._state


class WalkEnv(EnvClient[Move, Sight, Where]):
    """A client without a hook."""

    async def walk(self, *moves: int) -> list[int]:
        """A method of the author's: the positions on the way."""
        return [(await self.step(Move(by=by))).observation.position for by in moves]

    def describe(self, move: Move) -> str:
        """Another one, which awaits nothing."""
        return f"by {move.by}"


class HookedWalkEnv(EnvClient[Move, Sight, Where]):
    """A client with the three hooks of the reference's clients."""

    def _step_payload(self, action: Move) -> dict[str, Any]:
        return {"by": action.by * 2}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[Sight]:
        position = payload["observation"]["position"]
        sight = Sight(position=position + 1000, done=payload["done"], reward=payload["reward"])
        return StepResult(observation=sight, reward=payload["reward"], done=payload["done"])

    def _parse_state(self, payload: dict[str, Any]) -> Where:
        return Where(episode_id="parsed", position=payload["position"])


class Bare(Environment[Move, Sight, State]):
    """``reset`` takes nothing at all, and ``step`` nothing but the action."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self) -> Sight:  # type: ignore[override]
        return Sight(position=7)

    def step(self, action: Move) -> Sight:  # type: ignore[override]
        return Sight(position=7 + action.by)

    @property
    def state(self) -> State:
        return State(step_count=3)


@dataclasses.dataclass
class Command:
    command: str


@dataclasses.dataclass
class Outcome:
    result: str
    done: bool


class Shell(Environment[Command, Outcome, State]):
    """Two dataclasses as they stand, without ``reward`` and ``metadata``."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self, **options: Any) -> Outcome:
        return Outcome("ready", False)

    def step(self, action: Command, **options: Any) -> Outcome:
        return Outcome(action.command.upper(), action.command == "exit")

    @property
    def state(self) -> State:
        return State(episode_id="shell")


class ShellEnv(EnvClient[Command, Outcome, State]):
    """Its client."""


class Guess(msgspec.Struct):
    letter: str


class Word(msgspec.Struct):
    letters: str
    reward: float | None = None


class Gallows(msgspec.Struct):
    guesses: int = 0


class Hangman(Environment[Guess, Word, Gallows]):
    """msgspec structs for all three models."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._gallows = Gallows()

    def reset(self, **options: Any) -> Word:
        self._gallows = Gallows()
        return Word("___")

    def step(self, action: Guess, **options: Any) -> Word:
        self._gallows.guesses += 1
        return Word(action.letter + "__", reward=1.0)

    @property
    def state(self) -> Gallows:
        return self._gallows


class HangmanEnv(EnvClient[Guess, Word, Gallows]):
    """Its client."""
