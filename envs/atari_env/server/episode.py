"""``Episode``: a game as the agent lives it: actions that last for some frames, and what is seen after each."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from atari_env.server.emulator import Emulator
from atari_env.server.no_ops import no_ops
from atari_env.server.options import Options
from atari_env.server.pictures import resized


class Episode:
    """``begin`` is called once, then ``step``. ``seed`` fixes all that is drawn; None goes on with what there is."""

    def __init__(self, options: Options, emulator: Emulator, *, seed: int | None) -> None:
        self.options = options
        self.emulator = emulator
        self.seed = seed
        self.actions = emulator.all_actions if options.full_action_space else emulator.minimal_actions
        self.step_count = 0
        self.is_over = False
        self.is_truncated = False
        self._last: np.ndarray
        """The frame that was seen last, before it is made smaller."""
        self._frames: deque[np.ndarray] = deque(maxlen=options.stack_num)

    def begin(self) -> None:
        """The first thing that is seen, in every frame of the stack."""
        self.emulator.begin(self.seed)
        waits = no_ops(self.seed, self.options.noop_max) if self.options.noop_max else 0
        for _ in range(waits):
            self.emulator.ale.act(0)
            if self.emulator.ale.game_over(with_truncation=False):
                self.emulator.ale.reset_game()
        self._last = self._seen() if waits else self._first()
        self._frames.extend([self._shown(self._last)] * self.options.stack_num)

    def step(self, index: int) -> float:
        """Press a button of the action set for ``frameskip`` frames, or until the game is over; the reward.

        Where screens are made smaller, the step that ends the game shows the frame before it, as in ALE's own vector
        and in Gymnasium's preprocessing."""
        ale, action, reward, before = self.emulator.ale, self.actions[index], 0.0, None
        for left in range(self.options.frameskip - 1, -1, -1):
            reward += ale.act(action)
            if ale.game_over(with_truncation=False):
                self.is_over = True
                break
            if left == 1 and self.options.maxpool:
                before = self._seen()
        if not (self.is_over and self.options.screen_size):
            self._last = self._seen()
        if before is not None:
            self._last = np.maximum(self._last, before)
        self._frames.append(self._shown(self._last))
        self.step_count += 1
        most = self.options.max_num_frames_per_episode
        self.is_truncated = bool(most) and not self.is_over and ale.getEpisodeFrameNumber() >= most
        return float(np.sign(reward)) if self.options.reward_clipping else reward

    @property
    def has_ended(self) -> bool:
        """No action is taken any more."""
        return self.is_over or self.is_truncated

    def screen(self) -> np.ndarray:
        """What is seen: the last frame, or the stack of the last ones, oldest first."""
        return self._frames[-1] if self.options.stack_num == 1 else np.stack(self._frames)

    def counters(self) -> dict[str, Any]:
        """What the engine counts."""
        ale = self.emulator.ale
        return {
            "lives": ale.lives(),
            "episode_frame_number": ale.getEpisodeFrameNumber(),
            "frame_number": ale.getFrameNumber(),
        }

    def _first(self) -> np.ndarray:
        if self.options.obs_type == "ram":
            return self._seen()
        return self.emulator.first_screen(grey=self.options.obs_type == "grayscale")

    def _seen(self) -> np.ndarray:
        if self.options.obs_type == "ram":
            memory: np.ndarray = self.emulator.ale.getRAM()
            return memory
        return self.emulator.screen(grey=self.options.obs_type == "grayscale")

    def _shown(self, screen: np.ndarray) -> np.ndarray:
        size = self.options.screen_size
        return screen if size is None else resized(screen, size)
