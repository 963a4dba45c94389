"""Opponents: who plays the seats that the agent does not."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyspiel

from openspiel_env.server import search
from openspiel_env.server.minimax import Minimax

Script = Callable[[pyspiel.State, int, random.Random], int]
"""A function that plays: of a copy of the state, the number of the player, and the episode's random numbers it makes
one of ``state.legal_actions(player)``. It should keep nothing between its calls."""

_Choose = Callable[[pyspiel.State, int, random.Random], int]

NAMES = ("random", "first", "last", "minimax", "mcts", "scripted", "none")


@dataclass(frozen=True)
class Opponent:
    """``choose`` gives one of the player's legal actions in a state; it keeps nothing between moves, so that an episode
    can be copied. ``may_fail`` says that it is somebody else's code, or takes so long that it is interrupted."""

    choose: _Choose
    may_fail: bool = False


def opponent(name: str, game: pyspiel.Game, *, simulations: int, script: Script | None) -> Opponent | None:
    """The opponent of that name, None for ``none``. ValueError where it cannot play this game."""
    if name == "none":
        return None
    if name == "scripted":
        if script is None:
            raise ValueError("there is no scripted opponent: pass a function as the option `opponent`")
        return Opponent(_scripted(script), may_fail=True)
    if name == "minimax":
        return Opponent(_FIXED["first"] if game.num_players() == 1 else Minimax.of(game).move, may_fail=True)
    if name == "mcts":
        alone = game.num_players() == 1
        return Opponent(_FIXED["first"] if alone else search.tree_search(game, simulations), may_fail=True)
    if name not in _FIXED:
        raise ValueError(f"there is no opponent {name!r:.80}; there are {', '.join(NAMES)}")
    return Opponent(_FIXED[name])


def _scripted(script: Script) -> _Choose:
    def choose(state: pyspiel.State, player: int, rng: random.Random) -> int:
        action: Any = script(state.clone(), player, rng)
        if action not in state.legal_actions(player):
            raise ValueError(f"the scripted opponent wants {action!r}, which player {player} may not do")
        return int(action)

    return choose


def _any(state: pyspiel.State, player: int, rng: random.Random) -> int:
    legal: list[int] = state.legal_actions(player)
    return legal[int(rng.random() * len(legal))]


_FIXED: Mapping[str, _Choose] = {
    "random": _any,
    "first": lambda state, player, rng: int(state.legal_actions(player)[0]),
    "last": lambda state, player, rng: int(state.legal_actions(player)[-1]),
}
