"""``OpenSpielVector``: many episodes in one object, whose observations are columns and never models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openenv.contract.vector_environment import Transitions, VectorEnvironment
from openspiel_env.models import OpenSpielAction, OpenSpielObservation
from openspiel_env.server.episode import Episode
from openspiel_env.server.setup import Setup
from openspiel_env.server.transition import Transition, columns


class OpenSpielVector(VectorEnvironment[OpenSpielAction, OpenSpielObservation]):
    """They may be of several games, where ``reset`` says so."""

    def __init__(self, setup: Setup, num_envs: int) -> None:
        self._setup = setup
        self._episodes: list[Episode | None] = [None] * num_envs

    def reset(self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]) -> Transitions:
        """As the environment's own ``reset``. Where that raises, all episodes are as before."""
        setup = self._setup.changed(**options)
        begun = [self._next(place, setup, seed) for place, seed in zip(episodes, seeds, strict=True)]
        seen = [episode.begin() for episode in begun]
        for place, episode in zip(episodes, begun, strict=True):
            self._episodes[place] = episode
        return _transitions(begun, seen)

    def step(self, episodes: Sequence[int], actions: Sequence[OpenSpielAction]) -> Transitions:
        """An action in each."""
        asked = [self._episodes[place] or self._first(place) for place in episodes]
        return _transitions(asked, [episode.step(action) for episode, action in zip(asked, actions, strict=True)])

    def _next(self, place: int, setup: Setup, seed: int | None) -> Episode:
        """Where the one before is over, with what draws its random numbers, whose making takes as long as a move."""
        before = self._episodes[place]
        return Episode(setup, seed=seed, rng=before.match.rng if before is not None and before.is_over else None)

    def _first(self, place: int) -> Episode:
        """Begun without a reset."""
        episode = self._episodes[place] = Episode(self._setup, seed=None)
        episode.begin()
        return episode


def _transitions(episodes: list[Episode], seen: list[Transition]) -> Transitions:
    rewards, done = [each.reward for each in seen], [each.done for each in seen]
    return Transitions(_columns(episodes, seen), rewards, done, [False] * len(done))


def _columns(episodes: list[Episode], seen: list[Transition]) -> dict[str, Any]:
    """Arrays are stacked where all see the same game."""
    if len({episode.view for episode in episodes}) == 1:
        return columns(seen, view=episodes[0].view)
    each = [columns([one], view=episode.view) for episode, one in zip(episodes, seen, strict=True)]
    return {name: [fields[name][0] for fields in each] for name in each[0]}
