"""The emulator: one game on the Arcade Learning Environment, begun again by restoring the state after a fresh load."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from ale_py import ALEInterface, ALEState

from atari_env.models import ObsType
from atari_env.server.options import Options
from atari_env.server.randomness import with_random_numbers
from atari_env.server.roms import rom_path
from atari_env.server.seeds import engine_seed


class Cartridge(NamedTuple):
    """What the engine has to know when it loads a game."""

    game: str
    mode: int | None
    difficulty: int | None
    repeat_action_probability: float
    frames: int
    """For which it repeats an action, or until the game is over."""

    @classmethod
    def of(cls, options: Options) -> Cartridge:
        """What it has to know for an episode with these."""
        shows_all = options.maxpool or options.noop_max > 1  # else nobody looks between the frames of an action
        frames = 1 if shows_all else options.frameskip
        return cls(options.game, options.mode, options.difficulty, options.repeat_action_probability, frames)


class _Start(NamedTuple):
    """After a fresh load with ``random_seed`` 0."""

    state: ALEState
    rgb: np.ndarray
    grey: np.ndarray


class Emulator:
    """One game, loaded. ValueError when it has no such mode or difficulty.

    The engine's states are not all of it: they lack the screen, whether the last frame was ended, and the action that
    a sticky one repeats. ``reset_game`` brings these to where they are after a load, so that the start can be restored.
    Nothing brings them to where they were in the middle of a game: a state goes back only to where it was taken.
    """

    def __init__(self, cartridge: Cartridge) -> None:
        self.cartridge = cartridge
        self.ale = ALEInterface()
        self._start = self._loaded()
        self.minimal_actions = self.ale.getMinimalActionSet()
        self.all_actions = self.ale.getLegalActionSet()

    def begin(self, seed: int) -> None:
        """The start of the game, as after a fresh load with ``random_seed``, which has 31 bits: of other integers these
        count. Only sticky actions draw random numbers."""
        self.ale.reset_game()
        self.ale.restoreState(self._seeded(self._start.state, seed))

    def reseed(self, seed: int) -> None:
        """Other random numbers from here on."""
        self.ale.restoreState(self._seeded(self.ale.cloneState(include_rng=True), seed))

    def digest(self) -> bytes:
        """16 bytes that are equal where the machine and its random numbers are."""
        return hashlib.blake2b(self.ale.cloneState(include_rng=True).serialize(), digest_size=16).digest()

    def first_screen(self, *, grey: bool) -> np.ndarray:
        """The screen at the start, which the engine does not have then."""
        return self._start.grey if grey else self._start.rgb

    def camera(self, obs_type: ObsType) -> Callable[[], np.ndarray]:
        """What makes a new array of the last frame, or of the memory."""
        ale = self.ale
        return {"rgb": ale.getScreenRGB, "grayscale": ale.getScreenGrayscale, "ram": ale.getRAM}[obs_type]

    @property
    def is_sticky(self) -> bool:
        """Random numbers are drawn."""
        return self.cartridge.repeat_action_probability > 0

    def _seeded(self, state: ALEState, seed: int) -> ALEState:
        return with_random_numbers(state, engine_seed(seed)) if self.is_sticky else state

    def _loaded(self) -> _Start:
        ale = self.ale
        ale.setFloat("repeat_action_probability", float(self.cartridge.repeat_action_probability))
        ale.setInt("random_seed", 0)
        ale.setInt("frame_skip", self.cartridge.frames)
        ale.loadROM(rom_path(self.cartridge.game))
        for name, wanted, available, choose in (
            ("mode", self.cartridge.mode, ale.getAvailableModes(), ale.setMode),
            ("difficulty", self.cartridge.difficulty, ale.getAvailableDifficulties(), ale.setDifficulty),
        ):
            if wanted is not None:
                _check(self.cartridge.game, name, wanted, available)
                choose(wanted)
        ale.reset_game()
        return _Start(ale.cloneState(include_rng=True), ale.getScreenRGB(), ale.getScreenGrayscale())


def _check(game: str, name: str, wanted: int, available: list[Any]) -> None:
    if wanted not in available:
        raise ValueError(f"{name} is {wanted}; {game} has {', '.join(map(str, available))}")
