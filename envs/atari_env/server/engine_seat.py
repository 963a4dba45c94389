"""``EngineSeat``: an episode on ALE's own vector, whose C++ plays and makes screens smaller on a thread of its own."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from ale_py import ALEVectorInterface

from atari_env.server.courses import GOES_ON, Course, fixed, loaded, rows_of
from atari_env.server.options import Options
from atari_env.server.seats import Sight
from atari_env.server.starts import STEADY_STARTS

_FIRST = np.zeros(1, np.int64)
_STRENGTHS: Any = ((1.0,),)
_BUTTONS: Any = tuple((index,) for index in range(18))
"""Any sequences will do, and arrays take longer, though the engine's types name them."""
_WIDTH = 160


def is_native(options: Options) -> bool:
    """ALE's vector plays these exactly as the environment does.

    It has no memory to show, no modes and no difficulties; it does not show the last frame of a game, which the
    environment does where screens are not made smaller; and it makes larger ones in another way. How it begins with
    sticky actions and no seed is known for games with steady starts. No-ops are drawn by the C++ library.
    """
    is_sticky = options.repeat_action_probability > 0
    return (
        options.obs_type != "ram"
        and options.mode is None
        and options.difficulty is None
        and options.screen_size is not None
        and options.screen_size <= _WIDTH
        and (not is_sticky or options.game in STEADY_STARTS)
        and (options.noop_max <= 1 or sys.platform == "linux")
    )


class EngineSeat:
    """A vector of one, so that it can be held still and begun again while others are played."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.course = Course(options)
        self._engine = loaded(options, 1)
        self._only = (self._engine,)
        self.action_count = len(self._engine.get_action_set())
        self._pending: list[Any] = []
        """None for an action that the engine was asked for, and what it has answered. It is changed by the same
        operation that asks the engine or hears from it: an interrupt comes before both or after both."""
        self.has_ended = False
        self._sight: Sight

    def takes(self, options: Options) -> bool:
        return fixed(options) == fixed(self.options)

    def begin(self, options: Options, seed: int | None) -> None:
        self.has_ended = True  # as long as the engine is not where this says
        self.options = options
        loads = self.course.seed_to_load(seed)
        stacks, counts = self._engine.reset(_FIRST, np.array([loads]))
        self.show(self.course.begun(options, *rows_of(stacks, counts)[0], is_loaded=loads != GOES_ON))

    def press(self, index: int) -> None:
        self._pending += map(self._engine.send, (_BUTTONS[index],), _STRENGTHS)

    def seen(self) -> Sight:
        pending = self._pending
        if pending:
            if len(pending) == 1:  # it has not answered
                pending += map(ALEVectorInterface.recv, self._only)
            stacks, rewards, over, _, counts = pending[1]
            self.show(self.course.sight(*rows_of(stacks, counts)[0], float(rewards.item()), over.item()))
            pending.clear()
        return self._sight

    def settle(self) -> None:
        self.seen()

    def show(self, sight: Sight) -> None:
        """What there is from now on."""
        self._sight, self.has_ended = sight, sight.has_ended
