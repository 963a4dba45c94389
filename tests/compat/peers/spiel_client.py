"""A client of OpenSpiel as environments of the reference have it, with its hooks: ``URL`` plays and prints what it
saw, as JSON."""

import json
import sys

from pydantic import Field

from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient
from openenv.core.env_server.types import Action, Observation, State


class Move(Action):
    action_id: int
    game_name: str = "catch"
    game_params: dict = Field(default_factory=dict)


class Seen(Observation):
    info_state: list[float]
    legal_actions: list[int]
    game_phase: str
    current_player_id: int
    opponent_last_action: int | None = None


class Where(State):
    game_name: str
    agent_player: int
    opponent_policy: str
    game_params: dict
    num_players: int


class SpielEnv(EnvClient[Move, Seen, Where]):
    def _step_payload(self, action):
        return {"action_id": action.action_id, "game_name": action.game_name, "game_params": action.game_params}

    def _parse_result(self, payload):
        fields = payload["observation"]
        seen = Seen(
            info_state=fields["info_state"],
            legal_actions=fields["legal_actions"],
            game_phase=fields["game_phase"],
            current_player_id=fields["current_player_id"],
            opponent_last_action=fields["opponent_last_action"],
            done=payload["done"],
            reward=payload["reward"],
        )
        return StepResult(observation=seen, reward=payload["reward"], done=payload["done"])

    def _parse_state(self, payload):
        return Where(**payload)


def main() -> None:
    with SpielEnv(base_url=sys.argv[1]).sync() as env:
        results = [env.reset()]
        while not results[-1].done:
            results.append(env.step(Move(action_id=results[-1].observation.legal_actions[0])))
        seen = [[result.observation.model_dump(exclude={"metadata"}), result.reward, result.done] for result in results]
        state = env.state()
        told = [state.step_count, state.game_name, state.agent_player, state.opponent_policy, state.num_players]
        print(json.dumps([seen, told]))


if __name__ == "__main__":
    main()
