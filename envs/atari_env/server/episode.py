"""``Episode``: a game as the agent lives it: actions that last for some frames, and what is seen after each."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from atari_env.server.emulator import Emulator
from atari_env.server.no_ops import no_ops
from atari_env.server.options import Options
from atari_env.server.pictures import resized


class Episode:
    """``begin`` is called once, then ``step``. ``options``, ``seed``, ``moves`` (the actions taken) and ``reseeds``
    (after how many of these the random numbers were changed, and by what seed) make the same episode again."""

    def __init__(self, options: Options, emulator: Emulator, *, seed: int) -> None:
        self.options = options
        self.emulator = emulator
        self.seed = seed
        self.actions = emulator.all_actions if options.full_action_space else emulator.minimal_actions
        self.action_count = len(self.actions)
        self.legal_actions = list(range(self.action_count))
        self.moves = bytearray()
        self.reseeds: list[tuple[int, int]] = []
        self.is_over = False
        self.is_truncated = False
        self.has_ended = False
        """No action is taken any more."""
        self._calls_left = range(options.frameskip // emulator.cartridge.frames - 1, -1, -1)
        """For each call of the engine in one action, how many are to follow: 3, 2, 1, 0 where there are four."""
        self._last: np.ndarray
        """The frame that was seen last, before it is made smaller."""
        self._seen = emulator.camera(options.obs_type)
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
        reward, before = self._press(index, pooled=self.options.maxpool)
        if not (self.is_over and self.options.screen_size):
            self._last = self._seen()
        if before is not None:
            self._last = np.maximum(self._last, before)
        self._frames.append(self._shown(self._last))
        return float(np.sign(reward)) if self.options.reward_clipping else reward

    def replay(self, moves: Sequence[int], reseeds: Sequence[tuple[int, int]]) -> None:
        """Make these moves, which were made before. What is not seen any more is not looked at. ValueError for an
        action that there is not, or one after the end."""
        seeds = dict(reseeds)
        unseen = len(moves) - self.options.stack_num - 1  # the last frame of a game may be the one before it
        for number, index in enumerate(moves):
            if number in seeds:
                self.reseed(seeds[number])
            if self.has_ended or index >= self.action_count:
                raise ValueError(f"action {index} cannot be taken after {number} others")
            if number < unseen:
                self._press(index, pooled=False)
            else:
                self.step(index)
        if len(moves) in seeds:
            self.reseed(seeds[len(moves)])

    def again(self) -> Episode:
        """The same episode from its start to here, in the same emulator, whatever that was used for meanwhile."""
        episode = Episode(self.options, self.emulator, seed=self.seed)
        episode.begin()
        episode.replay(self.moves, self.reseeds)
        return episode

    def reseed(self, seed: int) -> None:
        """Other random numbers from now on."""
        if self.emulator.is_sticky:
            self.emulator.reseed(seed)
            if self.reseeds and self.reseeds[-1][0] == self.step_count:
                self.reseeds.pop()
            self.reseeds.append((self.step_count, seed))

    @property
    def step_count(self) -> int:
        """How many actions were taken."""
        return len(self.moves)

    def screen(self) -> np.ndarray:
        """What is seen: the last frame, or the stack of the last ones, oldest first."""
        return self._frames[-1] if self.options.stack_num == 1 else np.stack(self._frames)

    def _press(self, index: int, *, pooled: bool) -> tuple[float, np.ndarray | None]:
        """The reward, and what was seen before the last frame, where two are pooled."""
        ale, action, reward, before = self.emulator.ale, self.actions[index], 0.0, None
        for left in self._calls_left:
            reward += ale.act(action)
            if ale.game_over(with_truncation=False):
                self.is_over = True
                break
            if left == 1 and pooled:
                before = self._seen()
        self.moves.append(index)
        most = self.options.max_num_frames_per_episode
        self.is_truncated = most > 0 and not self.is_over and ale.getEpisodeFrameNumber() >= most
        self.has_ended = self.is_over or self.is_truncated
        return reward, before

    def _first(self) -> np.ndarray:
        if self.options.obs_type == "ram":
            return self._seen()
        return self.emulator.first_screen(grey=self.options.obs_type == "grayscale")

    def _shown(self, screen: np.ndarray) -> np.ndarray:
        size = self.options.screen_size
        return screen if size is None else resized(screen, size)
