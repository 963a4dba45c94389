"""A game written as for the reference: it runs on either implementation, through the import paths that both have."""

from typing import Any

from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient
from openenv.core.env_server import Action, Environment, Observation, State, create_app


class Call(Action):
    """A call at the table."""

    word: str


class Table(Observation):
    """What the table shows."""

    shown: str = ""


class Score(State):
    """The score so far."""

    points: int = 0


class Game(Environment):
    """Points for each letter; "out" ends the game, "argue" is against the rules."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._score = Score(episode_id="none", step_count=0)

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Table:
        self._score = Score(episode_id=episode_id, step_count=0)
        return Table(shown="deal", metadata={} if seed is None else {"seed": seed})

    def step(self, action: Call, timeout_s: float | None = None, **options: Any) -> Table:
        if action.word == "argue":
            raise RuntimeError("the dealer decides")
        self._score.step_count += 1
        self._score.points += len(action.word)
        return Table(shown=action.word, reward=float(len(action.word)), done=action.word == "out")

    @property
    def state(self) -> Score:
        return self._score


class GameEnv(EnvClient[Call, Table, Score]):
    """A client with the hooks that the reference asks for."""

    def _step_payload(self, action: Call) -> dict[str, Any]:
        return {"word": action.word}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[Table]:
        table = Table(**payload["observation"], reward=payload["reward"], done=payload["done"])
        return StepResult(observation=table, reward=payload["reward"], done=payload["done"])

    def _parse_state(self, payload: dict[str, Any]) -> Score:
        return Score(**payload)


def make_app() -> Any:
    """The application, as the reference's environments make it."""
    return create_app(Game, Call, Table, env_name="game", max_concurrent_envs=64)
