"""The OpenSpiel environment."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Literal

from openenv import Environment
from openspiel_env.models import OpenSpielAction, OpenSpielObservation, OpenSpielState
from openspiel_env.server import snapshots
from openspiel_env.server.episode import Episode
from openspiel_env.server.opponents import Script
from openspiel_env.server.setup import Setup, known
from openspiel_env.server.vector import OpenSpielVector


class OpenSpielEnvironment(Environment[OpenSpielAction, OpenSpielObservation, OpenSpielState]):
    """Plays the games of OpenSpiel, against opponents or with a client in every seat.

    ``game``, ``params``, ``agent_player``, ``opponent`` and ``simulations`` are what ``reset`` plays when it is not
    told otherwise; ``opponent`` may be a function here (``opponents.Script``), or its ``module:name``. ``illegal`` says
    what an illegal action does. The other names of the first four are the reference's.
    """

    SUPPORTS_CONCURRENT_SESSIONS = True
    SESSION_HOST = "process"

    def __init__(
        self,
        game_name: str | None = None,
        agent_player: int | None = None,
        opponent_policy: str | Script | None = None,
        game_params: Mapping[str, Any] | None = None,
        *,
        game: str | None = None,
        params: Mapping[str, Any] | None = None,
        opponent: str | Script | None = None,
        simulations: int = 100,
        illegal: Literal["error", "forfeit"] = "error",
        text: bool = True,
    ) -> None:
        super().__init__()
        named = known(
            {
                "game": game,
                "params": params,
                "opponent": opponent,
                "game_name": game_name,
                "game_params": game_params,
                "opponent_policy": opponent_policy,
            }
        )
        self._setup = Setup.of(
            game=named.get("game"),
            params=named.get("params"),
            agent_player=agent_player,
            opponent=named.get("opponent"),
            simulations=simulations,
            illegal=illegal,
            text=text,
        )
        self._episode: Episode | None = None
        self._episode_id: str | None = None

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> OpenSpielObservation:
        """A new episode of the ``game`` with its ``params``, as ``agent_player`` against ``opponent`` (and its
        ``simulations``). What is not given is as the constructor was told, not as in the episode before.

        The seed fixes all that is drawn: by chance, by the game itself and by the opponents. ValueError, with the
        episode before still there, for a game or an opponent that there is not; TypeError for a seed that is no
        integer or an episode_id that is no text.
        """
        if not isinstance(episode_id, str | None):
            raise TypeError(f"episode_id is {episode_id!r:.80}; it must be a text")
        episode = Episode(self._setup.changed(**options), seed=seed)
        seen = episode.begin()
        self._episode, self._episode_id = episode, episode_id or str(uuid.uuid4())
        return self._apply_transform(episode.observation(seen))

    def step(self, action: OpenSpielAction, timeout_s: float | None = None, **options: Any) -> OpenSpielObservation:
        """Move, and see what the others do until it is the agent's turn again. Before the first ``reset`` this begins
        an episode."""
        if self._episode is None:
            self.reset()
        assert self._episode is not None
        return self._apply_transform(self._episode.observation(self._episode.step(action)))

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> OpenSpielVector | None:
        """One object for all episodes; not with a function as the opponent, whose faults would be everybody's."""
        setup = cls(**options)._setup
        return None if setup.script is not None else OpenSpielVector(setup, num_envs)

    @property
    def state(self) -> OpenSpielState:
        """The game, who plays it, and how many actions were taken."""
        fields = self._setup.told() if self._episode is None else self._episode.told()
        return OpenSpielState(episode_id=self._episode_id, **fields)

    def fork(self) -> OpenSpielEnvironment:
        """Another one, at the same place of the same episode."""
        branch = type(self).__new__(type(self))
        Environment.__init__(branch, self.transform, self.rubric)
        branch._setup, branch._episode, branch._episode_id = self._setup, None, self._episode_id
        branch.restore(self.snapshot())
        return branch

    def snapshot(self) -> bytes:
        """The moves so far, and the random numbers to come."""
        return snapshots.taken(self._episode, self._episode_id)

    def restore(self, snapshot: bytes) -> None:
        """Plays the moves again. ValueError, with the episode as it is, where they do not lead to the same state."""
        self._episode, self._episode_id = snapshots.restored(snapshot, self._setup)

    def reseed(self, seed: int) -> None:
        """Other chances and other opponents' moves from now on; not what a game draws itself (``rng_seed``)."""
        if self._episode is not None:
            self._episode.match.rng.seed(seed)
