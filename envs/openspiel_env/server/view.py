"""``View``: what one player sees of a state."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyspiel

from openspiel_env.server.match import SIMULTANEOUS

_PUBLIC_MOVES = frozenset(("kuhn_poker", "leduc_poker", "universal_poker", "liars_dice", "repeated_leduc_poker"))
"""Games of imperfect information in which what players do is seen by all."""


class Sight(msgspec.Struct, frozen=True, gc=False):
    """``info_state`` and ``observation`` are flat; without the former the latter is it."""

    info_state: list[float] | None
    observation: list[float]
    legal_actions: list[int]
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

    def of(self, state: pyspiel.State, player: int, *, turn: int) -> Sight:
        """What the player sees; its legal actions where it is its turn, or that of all at once."""
        legal = state.legal_actions(player) if turn in (player, SIMULTANEOUS) else []
        observation = state.observation_tensor(player) if self._has_observation else []
        info_state = state.information_state_tensor(player) if self._has_information_state else None
        if not self._text:
            return Sight(info_state, observation, legal, "", [])
        names = [state.action_to_string(player, action) for action in legal]
        return Sight(info_state, observation, legal, self._rendered(state, player), names)

    def arrays(self, sights: Sequence[Sight]) -> dict[str, np.ndarray]:
        """The fields that are arrays, of several sights of this game, stacked."""
        count = len(sights)
        observation = np.array([sight.observation for sight in sights], np.float32)
        info_state = observation.reshape(count, -1)
        if self._has_information_state:
            info_state = np.array([sight.info_state for sight in sights], np.float32)
        mask = np.zeros((count, self.num_actions), np.int8)
        legal = [sight.legal_actions for sight in sights]
        mask[np.repeat(np.arange(count), list(map(len, legal))), list(itertools.chain.from_iterable(legal))] = 1
        return {
            "info_state": info_state,
            "observation": observation.reshape(count, *self._shape),
            "legal_actions_mask": mask,
        }

    def _rendered(self, state: pyspiel.State, player: int) -> str:
        """All of it, or of a game of imperfect information as much as the player may know."""
        if self._is_open:
            return _text(state.to_string())
        if self._has_information_string:
            return _text(state.information_state_string(player))
        return _text(state.observation_string(player)) if self._has_observation_string else ""


def _text(value: Any) -> str:
    return str(value)
