"""Search: the engine's Monte Carlo tree searches as opponents."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pyspiel
from open_spiel.python.algorithms import ismcts

from openspiel_env.server import chance

UCT_C = 2.0
_MEMORY_MB = 256
_Kind = pyspiel.GameType

_WRONGLY_DEALT = frozenset(("hearts",))
"""Games in which what the engine deals for what is hidden cannot be played to the end."""


def tree_search(game: pyspiel.Game, simulations: int) -> Callable[[pyspiel.State, int, random.Random], int]:
    """Chooses by so many simulations, each ended by one random playout. A searcher is made for each move, from the
    episode's random numbers: it keeps nothing that a copy of the episode would lack.

    In games of imperfect information it is the information-set search (Cowling, Powley and Whitehouse 2012), which
    sees no more than its player does; the one in Python, since the one in C++ goes through hash tables whose order
    changes its moves from run to run. ValueError where the engine cannot search this game.
    """
    kind = game.get_type()
    if kind.dynamics != _Kind.Dynamics.SEQUENTIAL or kind.chance_mode == _Kind.ChanceMode.SAMPLED_STOCHASTIC:
        raise ValueError(f"mcts needs players that move in turn, and chances that are known: {kind.short_name} differs")
    if kind.information == _Kind.Information.PERFECT_INFORMATION:
        if kind.reward_model != _Kind.RewardModel.TERMINAL:
            raise ValueError(f"mcts needs a game whose rewards come at the end: {kind.short_name} differs")
        return _in_the_open(game, simulations)
    if kind.short_name in _WRONGLY_DEALT:
        raise ValueError(f"mcts deals what may be hidden, which the engine does wrongly for {kind.short_name}")
    if not _can_resample(game):
        raise ValueError(f"mcts needs to know what may be hidden, which the engine does not say of {kind.short_name}")
    return _behind_cards(game, simulations)


def _in_the_open(game: pyspiel.Game, simulations: int) -> Callable[[pyspiel.State, int, random.Random], int]:
    def choose(state: pyspiel.State, player: int, rng: random.Random) -> int:
        playout = pyspiel.RandomRolloutEvaluator(1, rng.getrandbits(31))
        bot = pyspiel.MCTSBot(game, playout, UCT_C, simulations, _MEMORY_MB, True, rng.getrandbits(31), False)
        return int(bot.step(state))

    return choose


def _behind_cards(game: pyspiel.Game, simulations: int) -> Callable[[pyspiel.State, int, random.Random], int]:
    def choose(state: pyspiel.State, player: int, rng: random.Random) -> int:
        bot = ismcts.ISMCTSBot(
            game,
            _Playout(rng),
            UCT_C,
            simulations + 1,  # the first of them only makes the root
            random_state=np.random.RandomState(rng.getrandbits(32)),
            final_policy_type=ismcts.ISMCTSFinalPolicyType.NORMALIZED_VISITED_COUNT,
        )
        bot.set_resampler(lambda state, player: state.resample_from_infostate(player, rng.random))
        return int(bot.step(state))

    return choose


class _Playout:
    """What the search in Python asks of states. The evaluator that comes with it takes twice as long."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def prior(self, state: pyspiel.State) -> list[tuple[int, float]]:
        """All actions are as likely."""
        legal = state.legal_actions()
        return [(action, 1 / len(legal)) for action in legal]

    def evaluate(self, state: pyspiel.State) -> list[float]:
        """What a copy of it comes to for each player, played at random."""
        state = state.clone()
        while not state.is_terminal():
            if state.is_chance_node():
                state.apply_action(chance.draw(state, self._rng))
            else:
                state.apply_action(self._rng.choice(state.legal_actions()))
        returns: list[float] = state.returns()
        return returns


def _can_resample(game: pyspiel.Game) -> bool:
    kind = game.get_type()
    if not kind.provides_information_state_string:
        return False
    state = game.new_initial_state()
    while state.is_chance_node():
        state.apply_action(state.chance_outcomes()[0][0])
    try:
        state.resample_from_infostate(state.current_player(), random.Random(0).random)
    except pyspiel.SpielError:
        return False
    return True
