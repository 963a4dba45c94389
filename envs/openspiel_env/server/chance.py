"""Chance: what the engine leaves to others, which is drawing from what may come out, and how a population spreads."""

from __future__ import annotations

import random

import pyspiel


def draw(state: pyspiel.State, rng: random.Random) -> int:
    """An outcome at a chance node."""
    outcomes = state.chance_outcomes()
    point = rng.random()
    for action, probability in outcomes:
        point -= probability
        if point < 0:
            return int(action)
    return int(outcomes[-1][0])


def spread_evenly(state: pyspiel.State) -> None:
    """At a node of a mean-field game the population is spread evenly over what the game asks about, as the engine's
    own simulations have it."""
    support = state.distribution_support()
    state.update_distribution([1.0 / max(1, len(support))] * len(support))
