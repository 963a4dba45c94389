"""``EngineSeat``: an episode on ALE's own vector, whose C++ plays and makes screens smaller on a thread of its own."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
from ale_py import ALEVectorInterface

from atari_env.server.options import Options
from atari_env.server.roms import rom_path
from atari_env.server.seats import Sight
from atari_env.server.seeds import engine_seed, following
from atari_env.server.starts import STEADY_STARTS

_FIRST = np.zeros(1, np.int64)
_STRENGTHS: Any = ((1.0,),)
_BUTTONS: Any = tuple((index,) for index in range(18))
"""Any sequences will do, and arrays take longer, though the engine's types name them."""
_GOES_ON = -1
_WIDTH = 160
_NO_LIMIT = 2**31 - 2


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
        self._engine = _loaded(options)
        self._engines = (self._engine,)
        self.action_count = len(self._engine.get_action_set())
        self._before = options.stack_num - 1
        self._is_fresh = True
        self._pending: list[Any] = []
        """None for an action that the engine was asked for, and what it has answered. It is changed by the same
        operation that asks the engine or hears from it: an interrupt comes before both or after both."""
        self._next_seed = 0
        self._frames_at_begin = self._frames_until_full = 0
        """Those of the no-ops; and how many there are of an episode while its stack still has some from before it."""
        self._frames_at_start = self._frames_before = 0
        """Those that a game has behind it when it begins after a load, and those of episodes since then."""
        self.has_ended = False
        self._sight: Sight
        self._first: np.ndarray

    def takes(self, options: Options) -> bool:
        return _fixed(options) == _fixed(self.options)

    def begin(self, options: Options, seed: int | None) -> None:
        self.has_ended = True  # as long as the engine is not where this says
        self.options, self._most = options, options.max_num_frames_per_episode
        loads = self._seed_to_load(seed)
        stacks, counts = self._engine.reset(_FIRST, np.array([loads]))
        behind = counts["frame_number"].item() - counts["episode_frame_number"].item()
        if self._is_fresh or loads != _GOES_ON:
            self._frames_at_start = behind
        self._frames_before = behind - self._frames_at_start
        self._is_fresh = False
        self._first = stacks[0, -1]
        self._frames_at_begin = counts["episode_frame_number"].item()
        self._frames_until_full = self._frames_at_begin + options.frameskip * (self._before - 1)
        self._note(stacks, None, False, counts)

    def press(self, index: int) -> None:
        self._pending += map(self._engine.send, (_BUTTONS[index],), _STRENGTHS)

    def seen(self) -> Sight:
        pending = self._pending
        if pending:
            if len(pending) == 1:  # it has not answered
                pending += map(ALEVectorInterface.recv, self._engines)
            stacks, rewards, over, _, counts = pending[1]
            self._note(stacks, float(rewards.item()), over.item(), counts)
            pending.clear()
        return self._sight

    def _seed_to_load(self, seed: int | None) -> int:
        """The engine loads the game anew with a seed, and else presses reset and goes on with its random numbers."""
        options, number = self.options, self._next_seed if seed is None else seed
        self._next_seed = following(number)
        draws = options.repeat_action_probability > 0 or options.noop_max > 1
        if draws and (self._is_fresh or seed is not None):
            return engine_seed(number)
        return _GOES_ON if self._is_fresh or options.game in STEADY_STARTS else engine_seed(number)

    def _note(self, stacks: np.ndarray, reward: float | None, is_over: bool, counts: dict[str, Any]) -> None:
        stack, frames = stacks[0], counts["episode_frame_number"].item()
        if frames <= self._frames_until_full:  # frames from before the beginning, which the engine has black
            steps = ceil((frames - self._frames_at_begin) / self.options.frameskip)
            stack[: -1 - steps] = self._first
        is_truncated = not is_over and 0 < self._most <= frames
        self.has_ended = has_ended = is_over or is_truncated
        screen, lives = stack if self._before else stack[0], counts["lives"].item()
        frame = counts["frame_number"].item() - self._frames_before
        self._sight = Sight(screen, lives, frame, frames, reward, has_ended, is_truncated)


def _fixed(options: Options) -> Options:
    """What an engine is made with."""
    return replace(options, max_num_frames_per_episode=0)


def _loaded(options: Options) -> ALEVectorInterface:
    """It is never asked to go on after the end of a game, nor to end one by a limit of its own."""
    assert options.screen_size is not None
    return ALEVectorInterface(
        rom_path=rom_path(options.game),
        num_envs=1,
        frame_skip=options.frameskip,
        stack_num=options.stack_num,
        img_height=options.screen_size,
        img_width=options.screen_size,
        grayscale=options.obs_type == "grayscale",
        maxpool=options.maxpool,
        noop_max=options.noop_max,
        use_fire_reset=False,
        episodic_life=False,
        life_loss_info=False,
        reward_clipping=options.reward_clipping,
        max_episode_steps=_NO_LIMIT,
        repeat_action_probability=options.repeat_action_probability,
        full_action_space=options.full_action_space,
        batch_size=0,
        num_threads=1,
        thread_affinity_offset=-1,
        autoreset_mode="NextStep",
    )
