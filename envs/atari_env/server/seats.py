"""Seats: the episodes of a vector, each with an engine of its own, or sharing one."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from atari_env.server.actions import Played
from atari_env.server.emulator import Cartridge, Emulator
from atari_env.server.episode import Episode
from atari_env.server.options import Options
from atari_env.server.seeds import following


class Sight(NamedTuple):
    """What one step shows: the fields of an observation, and what stands beside them."""

    screen: np.ndarray
    lives: int
    frame_number: int
    episode_frame_number: int
    reward: float | None = None
    has_ended: bool = False
    """No action is taken any more."""
    is_truncated: bool = False


class Seat(Played, Protocol):
    """``press`` says what is to happen, and ``seen`` waits for it; in between others may be asked."""

    def takes(self, options: Options) -> bool:
        """The engine has what these want."""

    def begin(self, options: Options, seed: int | None) -> None:
        """A new episode. ``takes`` has said that it can be."""

    def press(self, index: int) -> None:
        """One action of those that there are. ``seen`` has told what came of the one before."""

    def seen(self) -> Sight:
        """What there is now."""

    def settle(self) -> None:
        """After an interrupt: an action has been played, or has not."""


class PlainSeat:
    """An episode as the environment plays it, in the caller's thread."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._emulator = Emulator(Cartridge.of(options))
        self._next_seed = 0
        self.action_count, self.has_ended = 0, True
        self._episode: Episode
        self._reward: float | None
        self._sight: Sight

    def takes(self, options: Options) -> bool:
        return self._emulator.cartridge == Cartridge.of(options)

    def begin(self, options: Options, seed: int | None) -> None:
        self.options, self._reward = options, None
        self._episode = Episode(options, self._emulator, seed=self._next_seed if seed is None else seed)
        self._episode.begin()
        self._next_seed = following(self._episode.seed)
        self.action_count = self._episode.action_count
        self._look()

    def press(self, index: int) -> None:
        self._reward = self._episode.step(index)
        self._look()

    def seen(self) -> Sight:
        return self._sight

    def settle(self) -> None:
        pass

    def _look(self) -> None:
        episode, ale = self._episode, self._emulator.ale
        self.has_ended = episode.has_ended
        self._sight = Sight(
            episode.screen(),
            ale.lives(),
            ale.getFrameNumber(),
            ale.getEpisodeFrameNumber(),
            self._reward,
            self.has_ended,
            episode.is_truncated,
        )
