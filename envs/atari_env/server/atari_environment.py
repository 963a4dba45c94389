"""The Atari environment."""

from __future__ import annotations

import uuid
from typing import Any

from atari_env.models import AtariAction, AtariObservation, AtariState
from atari_env.server import snapshots
from atari_env.server.actions import problem
from atari_env.server.emulator import Cartridge, Emulator
from atari_env.server.engine_seat import is_native
from atari_env.server.episode import Episode
from atari_env.server.options import NAMES, Options, known
from atari_env.server.page import page
from atari_env.server.seeds import following, number_of
from atari_env.server.settings import options_of_the_process
from atari_env.server.vector import AtariVector
from openenv import Environment

_observed = AtariObservation.__pydantic_validator__.validate_python  # in half the time that a call of the class takes


class AtariEnvironment(Environment[AtariAction, AtariObservation, AtariState]):
    """Plays the games of the Arcade Learning Environment (Bellemare et al., 2013; Machado et al., 2018).

    Its keyword arguments are the fields of ``Options``, or ``game_name`` for the game; what is not given is as the
    environment variables say (``ATARI_GAME``, …), and else as there. ``reset`` takes the same for one episode.
    """

    SUPPORTS_CONCURRENT_SESSIONS = True
    SESSION_HOST = "process"

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = _options(options)
        self._episode: Episode | None = None
        self._episode_id: str | None = None
        self._next_seed = 0

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> AtariObservation:
        """A new game. The same seed and the same actions give the same pixels, rewards and memory. Where none is given
        it is 0 at first, and then one that follows from the last.

        ValueError, with the game before still there, for a game, mode or value that there is not; TypeError for a seed
        that is no integer or an episode_id that is no text.
        """
        if not isinstance(episode_id, str | None):
            raise TypeError(f"episode_id is {episode_id!r:.80}; it must be a text")
        chosen, number = self._options.changed(options), self._next_seed if seed is None else number_of(seed)
        episode = Episode(chosen, self._emulator(chosen), seed=number)
        episode.begin()
        self._episode, self._episode_id = episode, episode_id or str(uuid.uuid4())
        self._next_seed = following(episode.seed)
        return self._apply_transform(self._observation(self._episode, reward=None))

    def step(self, action: AtariAction, timeout_s: float | None = None, **options: Any) -> AtariObservation:
        """Press a button for some frames. What is wrong with the action is in ``metadata["error"]``, and nothing has
        happened then. Before the first ``reset`` this begins a game."""
        if self._episode is None:
            self.reset()
        assert self._episode is not None
        episode = self._episode
        wrong = problem(action, episode)
        if wrong is not None:
            observation = self._observation(episode, reward=0.0)
            observation.metadata["error"] = wrong
            return self._apply_transform(observation)
        reward = episode.step(action.action_id)
        return self._apply_transform(self._observation(episode, reward=reward))

    @property
    def state(self) -> AtariState:
        """The game, how it is played, and how many actions were taken."""
        options = self._options if self._episode is None else self._episode.options
        return AtariState(
            episode_id=self._episode_id,
            step_count=0 if self._episode is None else self._episode.step_count,
            game_name=options.game,
            obs_type=options.obs_type,
            full_action_space=options.full_action_space,
            mode=options.mode,
            difficulty=options.difficulty,
            repeat_action_probability=options.repeat_action_probability,
            frameskip=options.frameskip,
        )

    def snapshot(self) -> bytes:
        """The seed and the actions so far. ValueError where the episode is too long for that, after nine hours."""
        return snapshots.encoded(self._episode, self._episode_id, next_seed=self._next_seed)

    def restore(self, snapshot: bytes) -> None:
        """Takes the actions again, which takes some 50 µs a frame. ValueError, with the episode as it is, where it is
        no snapshot or they do not lead to the same state."""
        kept, next_seed = snapshots.decoded(snapshot)
        if kept is None:
            self._episode = self._episode_id = None
        else:
            self._episode, self._episode_id = self._restored(kept), kept.episode_id
        self._next_seed = next_seed

    def reseed(self, seed: int) -> None:
        """Other random numbers from now on: those of sticky actions, and of the episodes to come."""
        self._next_seed = following(seed)
        if self._episode is not None:
            self._episode.reseed(seed)

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> AtariVector | None:
        """On ALE's own vector, where it plays these options as the environment does."""
        chosen = _options(options)
        return AtariVector(chosen, num_envs) if is_native(chosen) else None

    def render_web(self, observation: dict[str, Any]) -> str:
        """The newest screen as a picture, or the memory as numbers."""
        return page(observation)

    def web_actions(self, observation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """One button for each action of the game, with the engine's name for it; none before the first ``reset``."""
        actions = [] if self._episode is None else self._episode.actions
        return [(action.name, {"action_id": number}) for number, action in enumerate(actions)]

    def _restored(self, kept: snapshots.Snapshot) -> Episode:
        try:
            return snapshots.restored(kept, self._emulator)
        except ValueError:
            if self._episode is not None:
                self._episode = self._episode.again()
            raise

    def _emulator(self, options: Options) -> Emulator:
        """One with that game: the one that there is, where it has it."""
        cartridge = Cartridge.of(options)
        loaded = None if self._episode is None else self._episode.emulator
        return loaded if loaded is not None and loaded.cartridge == cartridge else Emulator(cartridge)

    def _observation(self, episode: Episode, *, reward: float | None) -> AtariObservation:
        screen, ale = episode.screen(), episode.emulator.ale
        observation: AtariObservation = _observed(
            {
                "screen": screen,
                "screen_shape": [*screen.shape],
                "legal_actions": episode.legal_actions,
                "lives": ale.lives(),
                "episode_frame_number": ale.getEpisodeFrameNumber(),
                "frame_number": ale.getFrameNumber(),
                "reward": reward,
                "done": episode.has_ended,
                "metadata": {"truncated": True} if episode.is_truncated else {},
            }
        )
        return observation


def _options(given: dict[str, Any]) -> Options:
    """Those that are given, or else those of the process. TypeError for a name that no option has."""
    if unknown := given.keys() - NAMES - {"game_name"}:
        raise TypeError(f"there is no option {min(unknown)!r}")
    process = options_of_the_process()
    if "game" in process:
        return Options().changed(process).changed(given)
    return Options().changed({**process, **known(given)})  # a mode that is said of no game is that of the given one
