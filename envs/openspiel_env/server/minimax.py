"""Minimax: the opponent that has solved its game."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Hashable

import pyspiel

MAX_POSITIONS = 50_000
"""More take too long to solve; tic-tac-toe has 5,478."""

_MAX_DEPTH = 200
_Kind = pyspiel.GameType


class Minimax:
    """The values of all positions of a small game: two players in turn, all of it in the open, one's gain is the
    other's loss; chance is averaged. Among the best moves it draws one."""

    def __init__(self, game: pyspiel.Game) -> None:
        self._values: dict[Hashable, float] = {}
        self._name = game.get_type().short_name
        self._value(game.new_initial_state())

    @classmethod
    def of(cls, game: pyspiel.Game) -> Minimax:
        """The solution, which is kept in the process. ValueError where the game is of another kind, or too large."""
        kind = game.get_type()
        if not (
            game.num_players() == 2
            and kind.dynamics == _Kind.Dynamics.SEQUENTIAL
            and kind.information == _Kind.Information.PERFECT_INFORMATION
            and kind.utility in (_Kind.Utility.ZERO_SUM, _Kind.Utility.CONSTANT_SUM)
            and kind.reward_model == _Kind.RewardModel.TERMINAL
            and kind.chance_mode != _Kind.ChanceMode.SAMPLED_STOCHASTIC
        ):
            raise ValueError(f"minimax plays for two in turn, in the open, with opposite aims: not {kind.short_name}")
        if game.max_game_length() > _MAX_DEPTH:
            raise _too_large(kind.short_name)
        return _solved(str(game))

    def move(self, state: pyspiel.State, player: int, rng: random.Random) -> int:
        """One of the best."""
        sign = 1.0 if player == 0 else -1.0
        values = {action: sign * self._value(state.child(action)) for action in state.legal_actions()}
        best = max(values.values())
        return int(rng.choice([action for action, value in values.items() if value == best]))

    def _value(self, state: pyspiel.State) -> float:
        """Of a position, for the first player."""
        if state.is_terminal():
            return float(state.player_return(0))
        key = (state.current_player(), state.move_number(), state.to_string())
        if key not in self._values:
            if len(self._values) >= MAX_POSITIONS:
                raise _too_large(self._name)
            self._values[key] = 0.0  # counted before what follows from it
            self._values[key] = self._of_children(state)
        return self._values[key]

    def _of_children(self, state: pyspiel.State) -> float:
        if state.is_chance_node():
            outcomes = state.chance_outcomes()
            return math.fsum(share * self._value(state.child(outcome)) for outcome, share in outcomes)
        values = [self._value(state.child(action)) for action in state.legal_actions()]
        return max(values) if state.current_player() == 0 else min(values)


@functools.lru_cache(maxsize=8)
def _solved(game: str) -> Minimax:
    return Minimax(pyspiel.load_game(game))


def _too_large(name: str) -> ValueError:
    return ValueError(f"{name} is too large to be solved ({MAX_POSITIONS:,} positions); mcts plays it")
