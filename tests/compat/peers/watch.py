"""A program whose client expects pixels as one list of integers; it prints what it saw, as JSON."""

import json
import sys
from typing import Any

from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient
from openenv.core.env_server import Action, Observation, State


class Look(Action):
    """Look again."""

    brighter_by: int


class Screen(Observation):
    """What is seen, for a client that knows no arrays."""

    screen: list[int]
    screen_shape: list[int]


class ScreenEnv(EnvClient[Look, Screen, State]):
    """A client with the hooks that the reference asks for."""

    def _step_payload(self, action: Look) -> dict[str, Any]:
        return {"brighter_by": action.brighter_by}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[Screen]:
        screen = Screen(**payload["observation"], reward=payload["reward"], done=payload["done"])
        return StepResult(observation=screen, reward=payload["reward"], done=payload["done"])

    def _parse_state(self, payload: dict[str, Any]) -> State:
        return State(**payload)


def main() -> None:
    """Look twice."""
    with ScreenEnv(base_url=sys.argv[1]).sync() as env:
        seen = [env.reset(), env.step(Look(brighter_by=100))]
    print(json.dumps([[result.observation.screen, result.observation.screen_shape] for result in seen]))


if __name__ == "__main__":
    main()
