"""Courses: one game of ALE's vector in the environment's terms: what it reports, and how its episodes begin."""

from __future__ import annotations

import os
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

GOES_ON = -1
"""In place of a seed: the engine presses reset, and goes on with its random numbers."""
_NO_LIMIT = 2**31 - 2
_FIRST_CORE, _ANY_CORE = 0, -1


Row = tuple[np.ndarray, int, int, int]
"""Of a game its screens, its lives, and the frames since the engine was loaded and since the episode began."""


class Course:
    """The episodes of one game."""

    def __init__(self, options: Options) -> None:
        self.next_seed = 0
        """Of an episode for which none is given."""
        self.no_ops = 0
        """With which the episode began, in frames."""
        self._options = options
        self._before = options.stack_num - 1
        self._is_fresh = True
        self._frames_until_full = 0
        """How many there are of an episode while its stack still has some from before it."""
        self._frames_at_start = self._frames_before = 0
        """Those that a game has behind it when it begins after a load, and those of episodes since then."""
        self._first: np.ndarray

    def seed_to_load(self, seed: int | None) -> int:
        """The engine loads the game anew with a seed; or ``GOES_ON``."""
        options, number = self._options, self.next_seed if seed is None else seed
        self.next_seed = following(number)
        if draws(options) and (self._is_fresh or seed is not None):
            return engine_seed(number)
        return GOES_ON if self._is_fresh or options.game in STEADY_STARTS else engine_seed(number)

    def begun(
        self, options: Options, stack: np.ndarray, lives: int, frames: int, episode_frames: int, *, is_loaded: bool
    ) -> Sight:
        """An episode with these has begun."""
        self._options = options
        behind = frames - episode_frames
        if self._is_fresh or is_loaded:
            self._frames_at_start = behind
        self._frames_before = behind - self._frames_at_start
        self._is_fresh = False
        self._first = stack[-1].copy()  # which is a part of all that the engine has shown
        self.no_ops = episode_frames
        self._frames_until_full = episode_frames + options.frameskip * (self._before - 1)
        return self.sight(stack, lives, frames, episode_frames)

    def sight(
        self,
        stack: np.ndarray,
        lives: int,
        frames: int,
        episode_frames: int,
        reward: float | None = None,
        is_over: bool = False,
    ) -> Sight:
        """What there is now."""
        if episode_frames <= self._frames_until_full:  # frames from before the beginning, which the engine has black
            steps = ceil((episode_frames - self.no_ops) / self._options.frameskip)
            stack[: -1 - steps] = self._first
        is_truncated = not is_over and 0 < self._options.max_num_frames_per_episode <= episode_frames
        screen = stack if self._before else stack[0]
        frame, has_ended = frames - self._frames_before, is_over or is_truncated
        return Sight(screen, lives, frame, episode_frames, reward, has_ended, is_truncated)


def draws(options: Options) -> bool:
    """Random numbers are drawn."""
    return options.repeat_action_probability > 0 or options.noop_max > 1


def fixed(options: Options) -> Options:
    """What an engine is made with."""
    return replace(options, max_num_frames_per_episode=0)


def loaded(options: Options, count: int) -> ALEVectorInterface:
    """An engine for so many games, which ends none by a limit of its own. Those of many are played by a thread for each
    core, which stays there where it may: else the kernel may wake all of them on one, where they stay for a while."""
    assert options.screen_size is not None
    return ALEVectorInterface(
        rom_path=rom_path(options.game),
        num_envs=count,
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
        num_threads=0,
        thread_affinity_offset=_FIRST_CORE if _has_cores_for(count) else _ANY_CORE,
        autoreset_mode="NextStep",
    )


def _has_cores_for(count: int) -> bool:
    """So many games use all cores, and the process may: the engine does not ask which it may."""
    cores = os.cpu_count() or 1
    return sys.platform == "linux" and 1 < cores <= count and len(os.sched_getaffinity(0)) == cores


def rows_of(stacks: np.ndarray, counts: dict[str, Any]) -> list[Row]:
    """Of each game."""
    columns = (counts[name].tolist() for name in ("lives", "frame_number", "episode_frame_number"))
    return [*zip(stacks, *columns, strict=True)]
