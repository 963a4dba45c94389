"""The engine itself, as the oracle, and seeded random play."""

import random
import re
from typing import Any

import numpy as np
import pyspiel

from openspiel_env import OpenSpielAction, OpenSpielObservation
from openspiel_env.server.episode import Episode
from openspiel_env.server.setup import Setup

MAX_STEPS = 40
WITH_PARAMETERS = (
    "bridge_uncontested_bidding(num_redeals=1)",
    "misere(game=tic_tac_toe())",
    "turn_based_simultaneous_game(game=goofspiel(num_cards=4,imp_info=true))",
    "repeated_game(stage_game=matrix_pd(),num_repetitions=5)",
    "start_at(game=tic_tac_toe(),history=0;4)",
    "zerosum(game=matrix_pd())",
    "add_noise(game=kuhn_poker(),epsilon=0.1,seed=3)",
    "restricted_nash_response(game=kuhn_poker(),fixed_player=0,p=0.5)",
    "cached_tree(game=kuhn_poker())",
    "connect_four(rows=5,columns=5)",
    "leduc_poker(players=3)",
    "hex(board_size=4)",
    "goofspiel(players=3,imp_info=true)",
    "pathfinding(players=2)",
    "universal_poker(numPlayers=3,numRounds=1,blind=100 100 100,raiseSize=100,stack=1200 1200 1200,maxRaises=2,"
    "firstPlayer=1,numBoardCards=0)",
)
SLOW = {"bridge_uncontested_bidding"}
"""It solves ten deals in the end, which may take a minute; it is played with one."""
GAMES = sorted(
    {kind.short_name for kind in pyspiel.registered_games() if kind.default_loadable and not kind.action_structs_only}
    - SLOW
)


def setup(game: str, **changes: Any) -> Setup:
    options = {"params": None, "agent_player": 0, "opponent": "random", "simulations": 20, "illegal": "error"}
    return Setup.of(game=game, **{**options, "text": True, **changes})


def some_action(seen: OpenSpielObservation, rng: random.Random) -> OpenSpielAction:
    """Of those that may be done."""
    if seen.seats:
        return OpenSpielAction(actions=[rng.choice(seat.legal_actions or [None]) for seat in seen.seats])
    return OpenSpielAction(action_id=rng.choice(seen.legal_actions))


class Oracle:
    """The engine, to which each move of an episode is made directly."""

    def __init__(self, episode: Episode) -> None:
        wanted = dict(episode.wanted)
        self.game = pyspiel.load_game(wanted.pop("name"), wanted)
        self.state = self.game.new_initial_state()
        self.kind = self.game.get_type()
        self._made = 0
        self._spread()

    def follow(self, episode: Episode) -> None:
        for move in episode.match.moves[self._made :]:
            if isinstance(move, list):
                self.state.apply_actions(move)
            else:
                assert move in self.state.legal_actions()
                self.state.apply_action(move)
            self._spread()
        self._made = len(episode.match.moves)

    def seen_by(self, player: int) -> dict[str, Any]:
        state, turn = self.state, self.state.current_player()
        legal = state.legal_actions(player) if turn in (player, -2) else []
        shape = self.game.observation_tensor_shape() if self.kind.provides_observation_tensor else [0]
        observation = state.observation_tensor(player) if self.kind.provides_observation_tensor else []
        has_information = self.kind.provides_information_state_tensor
        return {
            "info_state": state.information_state_tensor(player) if has_information else observation,
            "observation": np.reshape(observation, shape).tolist(),
            "observation_shape": list(shape),
            "legal_actions": legal,
            "legal_actions_mask": [int(action in set(legal)) for action in range(self.game.num_distinct_actions())],
            "current_player": turn,
            "current_player_id": turn,
            "returns": state.returns(),
            "done": state.is_terminal(),
            "action_names": [_plain(state.action_to_string(player, action)) for action in legal],
            "text": self._text(player),
        }

    def _text(self, player: int) -> str:
        state, kind = self.state, self.kind
        if kind.information != pyspiel.GameType.Information.IMPERFECT_INFORMATION:
            return _plain(str(state))
        now = state.observation_string(player) if kind.provides_observation_string else ""
        known = state.information_state_string(player) if kind.provides_information_state_string else ""
        if known and now.strip() not in known:
            return _plain(now.rstrip() + "\n" + known)
        return _plain(known or now)

    def _spread(self) -> None:
        while self.state.is_mean_field_node():
            support = self.state.distribution_support()
            self.state.update_distribution([1 / max(1, len(support))] * len(support))


def _plain(text: str) -> str:
    return re.sub("\x1b.*?m", "", text)


def told(seen: OpenSpielObservation) -> dict[str, Any]:
    """Arrays as lists."""
    fields = seen.model_dump()
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()}
