"""``View``: what one player sees of a state."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyspiel

_PUBLIC_MOVES = frozenset(("kuhn_poker", "leduc_poker", "universal_poker", "liars_dice", "repeated_leduc_poker"))
"""Games of imperfect information in which what players do is seen by all."""


class Sight(NamedTuple):
    """Arrays are new ones, and nobody else's."""

    info_state: np.ndarray
    observation: np.ndarray
    legal_actions: list[int]
    legal_actions_mask: np.ndarray
    text: str
    action_names: list[str]


class View:
    """How the players of one game see it. Without ``text`` there is none, and no names of actions."""

    def __init__(self, game: pyspiel.Game, *, text: bool) -> None:
        kind = game.get_type()
        self._has_observation = bool(kind.provides_observation_tensor)
        self._has_information_state = bool(kind.provides_information_state_tensor)
        self._shape = tuple(game.observation_tensor_shape()) if self._has_observation else (0,)
        self.num_actions = int(game.num_distinct_actions())
        self._text = text
        self._is_open = kind.information != pyspiel.GameType.Information.IMPERFECT_INFORMATION
        self._has_information_string = bool(kind.provides_information_state_string)
        self._has_observation_string = bool(kind.provides_observation_string)
        self.shows_moves = self._is_open or kind.short_name in _PUBLIC_MOVES
        """What others do is seen by all."""
        self.shape = list(self._shape)

    def of(self, state: pyspiel.State, player: int, *, is_over: bool = False) -> Sight:
        """What the player sees; its legal actions where it is to move, alone or with all others, unless all is over."""
        turn = state.current_player()
        legal = state.legal_actions(player) if turn in (player, -2) and not is_over else []
        mask = np.zeros(self.num_actions, np.int8)
        if legal:
            mask[legal] = 1
        observation = self._observation(state, player)
        info_state = observation.reshape(-1)
        if self._has_information_state:
            info_state = np.array(state.information_state_tensor(player), np.float32)
        if not self._text:
            return Sight(info_state, observation, legal, mask, "", [])
        names = [state.action_to_string(player, action) for action in legal]
        return Sight(info_state, observation, legal, mask, self._rendered(state, player), names)

    def _observation(self, state: pyspiel.State, player: int) -> np.ndarray:
        if not self._has_observation:
            return np.zeros(self._shape, np.float32)
        return np.array(state.observation_tensor(player), np.float32).reshape(self._shape)

    def _rendered(self, state: pyspiel.State, player: int) -> str:
        """All of it, or of a game of imperfect information as much as the player may know."""
        if self._is_open:
            return _text(state.to_string())
        if self._has_information_string:
            return _text(state.information_state_string(player))
        return _text(state.observation_string(player)) if self._has_observation_string else ""


def _text(value: Any) -> str:
    return str(value)
