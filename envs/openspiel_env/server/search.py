"""Search: the engine's Monte Carlo tree search as an opponent."""

from __future__ import annotations

import random
from collections.abc import Callable

import pyspiel

UCT_C = 2.0
_MEMORY_MB = 256
_Kind = pyspiel.GameType


def tree_search(game: pyspiel.Game, simulations: int) -> Callable[[pyspiel.State, int, random.Random], int]:
    """Chooses by so many simulations, each ended by one random playout. A searcher is made for each move, from the
    episode's random numbers: it keeps nothing that a copy of the episode would lack.

    In games of imperfect information it is the information-set search (Cowling, Powley and Whitehouse 2012), which
    sees no more than its player does. ValueError where the engine cannot search this game.
    """
    kind = game.get_type()
    if kind.dynamics != _Kind.Dynamics.SEQUENTIAL or kind.chance_mode == _Kind.ChanceMode.SAMPLED_STOCHASTIC:
        raise ValueError(f"mcts needs players that move in turn, and chances that are known: {kind.short_name} differs")
    if kind.information == _Kind.Information.PERFECT_INFORMATION:
        if kind.reward_model != _Kind.RewardModel.TERMINAL:
            raise ValueError(f"mcts needs a game whose rewards come at the end: {kind.short_name} differs")
        return _in_the_open(game, simulations)
    if not _can_resample(game):
        raise ValueError(f"mcts needs to know what may be hidden, which the engine does not say of {kind.short_name}")
    return _behind_cards(simulations)


def _in_the_open(game: pyspiel.Game, simulations: int) -> Callable[[pyspiel.State, int, random.Random], int]:
    def choose(state: pyspiel.State, player: int, rng: random.Random) -> int:
        playout = pyspiel.RandomRolloutEvaluator(1, rng.getrandbits(31))
        bot = pyspiel.MCTSBot(game, playout, UCT_C, simulations, _MEMORY_MB, True, rng.getrandbits(31), False)
        return int(bot.step(state))

    return choose


def _behind_cards(simulations: int) -> Callable[[pyspiel.State, int, random.Random], int]:
    def choose(state: pyspiel.State, player: int, rng: random.Random) -> int:
        legal = state.legal_actions()
        if len(legal) == 1:
            return int(legal[0])
        playout = pyspiel.RandomRolloutEvaluator(1, rng.getrandbits(31))
        bot = pyspiel.ISMCTSBot(rng.getrandbits(31), playout, UCT_C, simulations)
        return int(bot.step(state))

    return choose


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
