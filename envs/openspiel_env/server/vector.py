"""``OpenSpielVector``: many episodes in one object, whose observations are columns and never models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from openenv.contract.vector_environment import Transitions, VectorEnvironment
from openspiel_env.models import OpenSpielAction, OpenSpielObservation
from openspiel_env.server.episode import Episode, Transition
from openspiel_env.server.setup import Setup

_ARRAYS = frozenset(("info_state", "observation", "legal_actions_mask"))


class OpenSpielVector(VectorEnvironment[OpenSpielAction, OpenSpielObservation]):
    """They may be of several games, where ``reset`` says so."""

    def __init__(self, setup: Setup, num_envs: int) -> None:
        self._setup = setup
        self._episodes: list[Episode | None] = [None] * num_envs

    def reset(
        self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]
    ) -> Transitions | Sequence[OpenSpielObservation]:
        """As the environment's own ``reset``. Where that raises, all episodes are as before."""
        known = ("game", "params", "agent_player", "opponent", "simulations")
        setup = self._setup.changed(**{name: options[name] for name in known if name in options})
        begun = [Episode(setup, seed=seed) for seed in seeds]
        seen = [episode.begin() for episode in begun]
        for place, episode in zip(episodes, begun, strict=True):
            self._episodes[place] = episode
        return _columns(seen)

    def step(
        self, episodes: Sequence[int], actions: Sequence[OpenSpielAction]
    ) -> Transitions | Sequence[OpenSpielObservation]:
        """An action in each."""
        return _columns([self._begun(place).step(action) for place, action in zip(episodes, actions, strict=True)])

    def _begun(self, place: int) -> Episode:
        episode = self._episodes[place]
        if episode is None:
            episode = self._episodes[place] = Episode(self._setup, seed=None)
            episode.begin()
        return episode


def _columns(seen: list[Transition]) -> Transitions:
    rows = [each.fields for each in seen]
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    columns["seats"] = [[seat.model_dump() for seat in seats] for seats in columns["seats"]]
    for name in _ARRAYS:
        columns[name] = _stacked(columns[name])
    done = [each.done for each in seen]
    return Transitions(columns, [each.reward for each in seen], done, [False] * len(done))


def _stacked(arrays: list[np.ndarray]) -> Any:
    """One array, where they have one shape."""
    return np.stack(arrays) if len({array.shape for array in arrays}) == 1 else arrays
