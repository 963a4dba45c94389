"""A client of Atari as environments of the reference have it, with its hooks: ``URL ACTION...`` takes these actions and
prints what it saw, as JSON: the screens as lists of numbers."""

import json
import sys
from typing import Literal

from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient
from openenv.core.env_server.types import Action, Observation, State


class Press(Action):
    action_id: int
    game_name: str = "pong"
    obs_type: Literal["rgb", "grayscale", "ram"] = "rgb"
    full_action_space: bool = False


class Seen(Observation):
    screen: list[int]
    screen_shape: list[int]
    legal_actions: list[int]
    lives: int = 0
    episode_frame_number: int = 0
    frame_number: int = 0


class Where(State):
    game_name: str
    obs_type: str
    full_action_space: bool
    mode: int | None = None
    difficulty: int | None = None
    repeat_action_probability: float
    frameskip: int


class Atari(EnvClient[Press, Seen, Where]):
    def _step_payload(self, action):
        return action.model_dump(exclude={"metadata"})

    def _parse_result(self, payload):
        seen = Seen(**payload["observation"], done=payload["done"], reward=payload["reward"])
        return StepResult(observation=seen, reward=payload["reward"], done=payload["done"])

    def _parse_state(self, payload):
        return Where(**payload)


def main() -> None:
    with Atari(base_url=sys.argv[1]).sync() as env:
        results = [env.reset(), *(env.step(Press(action_id=int(index))) for index in sys.argv[2:])]
        seen = [[result.observation.model_dump(), result.reward, result.done] for result in results]
        print(json.dumps([seen, env.state().model_dump()]))


if __name__ == "__main__":
    main()
