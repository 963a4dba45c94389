"""A talk written as for the reference, which runs on either. It shows every form that a reply may have."""

import datetime
import decimal
import enum
import pathlib
import uuid
from typing import Any

from pydantic import BaseModel, Field

from openenv.core.env_server import Action, Environment, Observation, State, create_app


class Place(BaseModel):
    """Where something is said."""

    x: int
    y: int = 0


class Say(Action):
    """Say something, a number of times."""

    word: str = ""
    times: int = Field(default=1, ge=0, le=3)
    place: Place | None = None
    places: list[Place] = Field(default_factory=list)


class Heard(Observation):
    """What was said, and a value of any kind."""

    heard: str = ""
    value: Any = None


class Tally(State):
    """What was said so far."""

    words: list[str] = Field(default_factory=list)


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


VALUES: dict[str, Any] = {
    "floats": [1.0, 0.1, -0.0, 3.14, 1234567.5],
    "integers": [2**53 + 1, 2**63, 2**70, -(2**70)],
    "text": 'naïve ☃ \x00 \t " / \\ 😀',
    "not finite": [float("nan"), float("inf"), float("-inf")],
    "times": [datetime.datetime(2020, 1, 2, 3, 4, 5, 678), datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)],
    "parts of times": [datetime.date(2020, 1, 2), datetime.time(1, 2, 3), datetime.timedelta(days=1, seconds=2.5)],
    "others": [decimal.Decimal("1.50"), uuid.UUID(int=5), pathlib.Path("/a/b"), Colour.RED, 1j],
    "collections": [(1, 2), {3}, {"a": {"b": [Place(x=1)]}}],
    "keys": {1: "a", None: "c", 1.5: "d", (1, 2): "e"},
    "bytes": b"abc",
}
REWARDS: dict[str, Any] = {"none": None, "integer": 1, "boolean": True, "fraction": 0.5}


class Talk(Environment):
    """Repeats what is said; the first word of it may be an order."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._tally = Tally(episode_id="none", step_count=0)

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Heard:
        """Forget what was said; the metadata say which arguments came."""
        self._tally = Tally(episode_id=episode_id, step_count=0)
        given = {"seed": seed, **options}
        return Heard(heard="welcome", metadata={name: value for name, value in given.items() if value is not None})

    def step(self, action: Say, timeout_s: float | None = None, **options: Any) -> Heard:
        """Repeat it, or do what it says."""
        self._tally.step_count += 1
        self._tally.words.append(action.word)
        order, _, rest = action.word.partition(": ")
        match order:
            case "raise":
                raise {"nothing": RuntimeError(), "key": KeyError("k")}.get(rest, RuntimeError(rest))
            case "value":
                return Heard(value=VALUES[rest])
            case "reward":
                return Heard(reward=REWARDS[rest])
            case "metadata":
                return Heard(metadata={"a": None, "b": [1.0]}, reward=1.0)
            case "good-bye":
                return Heard(heard=order, reward=1.0, done=True)
        return Heard(heard=action.word * action.times, reward=float(action.times))

    @property
    def state(self) -> Tally:
        """The tally."""
        return self._tally


def make_app() -> Any:
    """The application, as the reference's environments make it."""
    return create_app(Talk, Say, Heard, env_name="talk", max_concurrent_envs=64, state_cls=Tally)
