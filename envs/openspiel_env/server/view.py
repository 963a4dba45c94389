"""``View``: what one player sees of a state."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import numpy as np
import pyspiel

from openspiel_env.server.match import SIMULTANEOUS

_PUBLIC_MOVES = frozenset(("kuhn_poker", "leduc_poker", "universal_poker", "liars_dice", "repeated_leduc_poker"))
"""Games of imperfect information in which what players do is seen by all."""

_COLOURS = re.compile(r"\x1b\[[\d;]*m")
"""What a terminal takes for them."""

_RECALL = pyspiel.IIGObservationType(perfect_recall=True)
"""Of an information state."""


class Sight(msgspec.Struct, frozen=True, gc=False):
    """``state`` is looked at again for the tensors, and so must not have changed by then."""

    state: pyspiel.State
    player: int
    legal_actions: list[int]
    text: str
    action_names: list[str]


class View:
    """How the players of one game see it. Without ``text`` there is none, and no names of actions."""

    def __init__(self, game: pyspiel.Game, *, text: bool) -> None:
        kind = game.get_type()
        self._game = game
        self._observer = game.make_observer({}) if kind.provides_observation_tensor else None
        self._informer = game.make_observer(_RECALL, {}) if kind.provides_information_state_tensor else None
        self._shape = tuple(game.observation_tensor_shape()) if self._observer is not None else (0,)
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
        if not self._text:
            return Sight(state, player, legal, "", [])
        names = [_plain(state.action_to_string(player, action)) for action in legal]
        return Sight(state, player, legal, self._rendered(state, player), names)

    def arrays(self, sights: Sequence[Sight]) -> dict[str, np.ndarray]:
        """The fields that are arrays, of several sights of this game, stacked."""
        observation = self._tensors(self._observer, sights)
        return {
            "info_state": observation if self._informer is None else self._tensors(self._informer, sights),
            "observation": observation.reshape(len(sights), *self._shape),
            "legal_actions_mask": self._masks(sights),
        }

    def _tensors(self, observer: pyspiel.Observer | None, sights: Sequence[Sight]) -> np.ndarray:
        """What the engine's observer tells of each, float32, flat; empty where the game has none. It is what
        ``observation_tensor`` tells, without a list of Python's numbers."""
        if observer is None:
            return np.empty((len(sights), 0), np.float32)
        seen = pyspiel._Observation(self._game, observer)  # made anew, since views are shared: it holds the tensor
        tensor, rows = memoryview(seen), bytearray()
        for sight in sights:
            seen.set_from(sight.state, sight.player)
            rows += tensor
        return np.frombuffer(rows, np.float32).reshape(len(sights), -1)

    def _masks(self, sights: Sequence[Sight]) -> np.ndarray:
        """int8, 1 at what is legal."""
        row, rows = 0, bytearray(len(sights) * self.num_actions)
        for sight in sights:
            for action in sight.legal_actions:
                rows[row + action] = 1
            row += self.num_actions
        return np.frombuffer(rows, np.int8).reshape(len(sights), -1)

    def _rendered(self, state: pyspiel.State, player: int) -> str:
        """All of it, or of a game of imperfect information what the player sees now, and what it remembers."""
        if self._is_open:
            return _plain(state.to_string())
        seen = state.observation_string(player) if self._has_observation_string else ""
        known = state.information_state_string(player) if self._has_information_string else ""
        if seen.strip() in known:  # many games begin what is known with what is seen
            return _plain(known)
        return _plain(f"{seen.rstrip()}\n{known}" if known else seen)


def _plain(text: str) -> str:
    """Without a terminal's colours."""
    return _COLOURS.sub("", text) if "\x1b" in text else text
