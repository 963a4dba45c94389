"""Pong on the engine itself, as one session plays it: an action lasts four frames, and the screen is looked at in
colours. The reference's programs play the same, so it needs nothing but the engine."""

from __future__ import annotations

import itertools
import random
from typing import Any

from ale_py import ALEInterface, LoggerMode, roms

GAME, FRAMES, ACTIONS = "pong", 4, 6


def presses() -> itertools.cycle[int]:
    """Random actions, the same every time."""
    return itertools.cycle(random.Random(0).choices(range(ACTIONS), k=1024))


class BareAtari:
    """The loop that all are measured beside."""

    def __init__(self) -> None:
        ALEInterface.setLoggerMode(LoggerMode.Error)
        self._ale = ALEInterface()
        self._ale.setFloat("repeat_action_probability", 0.0)
        path = roms.get_rom_path(GAME)
        assert path is not None
        self._ale.loadROM(path)
        self._actions = self._ale.getMinimalActionSet()

    def reset(self) -> Any:
        """The first screen of another game."""
        self._ale.reset_game()
        return self._ale.getScreenRGB()

    def step(self, index: int) -> tuple[Any, float, bool]:
        """The screen, what was won, and whether it is over."""
        reward, action = 0.0, self._actions[index]
        for _ in range(FRAMES):
            reward += self._ale.act(action)
            if self._ale.game_over():
                break
        return self._ale.getScreenRGB(), reward, self._ale.game_over()
