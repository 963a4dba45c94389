"""The emulator: one game on the Arcade Learning Environment, begun again by restoring the state after a fresh load."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
from ale_py import ALEInterface, ALEState

from atari_env.server.no_ops import engine_seed
from atari_env.server.roms import rom_path

_SEEDS_KEPT = 64


class Cartridge(NamedTuple):
    """What the engine has to know when it loads a game."""

    game: str
    mode: int | None
    difficulty: int | None
    repeat_action_probability: float


class _Start(NamedTuple):
    """The state after a fresh load: with the generator of random numbers, and without."""

    seeded: ALEState
    bare: ALEState
    rgb: np.ndarray
    grey: np.ndarray


class Emulator:
    """One game, loaded. ValueError when it has no such mode or difficulty.

    ``restoreState`` leaves parts of the machine as they are: the screen, and in some games (qbert, tetris, amidar) what
    the first frames depend on. ``reset_game`` before it brings these to where they were, and the screens are kept here.
    """

    def __init__(self, cartridge: Cartridge, *, seed: int = 0) -> None:
        self.cartridge = cartridge
        self._path = rom_path(cartridge.game)
        self._starts: OrderedDict[int, _Start] = OrderedDict()
        self._restored: _Start | None = None
        self.ale = ALEInterface()
        self.ale.setFloat("repeat_action_probability", float(cartridge.repeat_action_probability))
        self._load(self._key(seed))
        self.minimal_actions = self.ale.getMinimalActionSet()
        self.all_actions = self.ale.getLegalActionSet()

    def begin(self, seed: int | None) -> None:
        """The start of the game, as after a fresh load with ``random_seed``. None goes on with the random numbers that
        there are. Only sticky actions draw any, so that without them no seed needs a load of its own."""
        key = 0 if seed is None and not self._is_sticky else None if seed is None else self._key(seed)
        if key is not None and key not in self._starts:
            self._load(key)
            return
        start = self._starts[key] if key is not None else next(reversed(self._starts.values()))
        if key is not None:
            self._starts.move_to_end(key)
        self.restore(start.bare if key is None else start.seeded)
        self._restored = start

    def restore(self, state: ALEState) -> None:
        """Another state of the same game; the screen shows it from the next frame on."""
        self.ale.reset_game()
        self.ale.restoreState(state)
        self._restored = None

    def reseed(self, seed: int) -> None:
        """Other random numbers from here on."""
        if self._is_sticky:
            state = self.ale.cloneState()
            self._load(self._key(seed))
            self.restore(state)

    def first_screen(self, *, grey: bool) -> np.ndarray:
        """The screen at the start, where the engine has none."""
        if self._restored is None:
            return self.screen(grey=grey)
        return self._restored.grey if grey else self._restored.rgb

    def screen(self, *, grey: bool) -> np.ndarray:
        """A new array of the last frame."""
        screen: np.ndarray = self.ale.getScreenGrayscale() if grey else self.ale.getScreenRGB()
        return screen

    @property
    def _is_sticky(self) -> bool:
        return self.cartridge.repeat_action_probability > 0

    def _key(self, seed: int) -> int:
        """The engine's random_seed; the same for all where it draws nothing."""
        return engine_seed(seed) if self._is_sticky else 0

    def _load(self, key: int) -> None:
        ale = self.ale
        ale.setInt("random_seed", key)
        ale.loadROM(self._path)
        for name, wanted, available, choose in (
            ("mode", self.cartridge.mode, ale.getAvailableModes(), ale.setMode),
            ("difficulty", self.cartridge.difficulty, ale.getAvailableDifficulties(), ale.setDifficulty),
        ):
            if wanted is not None:
                _check(name, wanted, available)
                choose(wanted)
        ale.reset_game()
        start = _Start(ale.cloneState(include_rng=True), ale.cloneState(), ale.getScreenRGB(), ale.getScreenGrayscale())
        self._starts[key] = start
        self._restored = None
        if len(self._starts) > _SEEDS_KEPT:
            self._starts.popitem(last=False)


def _check(name: str, wanted: int, available: list[Any]) -> None:
    if wanted not in available:
        raise ValueError(f"{name} is {wanted}; the game has {', '.join(map(str, available))}")
