"""Options: what an episode is played with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, get_args

from atari_env.models import ObsType
from atari_env.server.roms import rom_path

_COUNTS = {
    "frameskip": 1,
    "stack_num": 1,
    "noop_max": 0,
    "max_num_frames_per_episode": 0,
    "screen_size": 8,
    "mode": 0,
    "difficulty": 0,
}
_OPTIONAL = ("mode", "difficulty", "screen_size")
_LARGEST = {"frameskip": 1_000, "stack_num": 64, "noop_max": 10_000, "screen_size": 512}


@dataclass(frozen=True)
class Options:
    """Of an episode. ``screen_size`` gives square screens of that many pixels a side (84 in the literature);
    ``maxpool`` takes the brighter of a step's last two frames. ``max_num_frames_per_episode`` truncates after the
    action in which so many are reached; 0 does not. ``noop_max`` waits for 0 to ``noop_max - 1`` frames first, as ALE's
    own vector does."""

    game: str = "pong"
    obs_type: ObsType = "rgb"
    frameskip: int = 4
    repeat_action_probability: float = 0.0
    mode: int | None = None
    difficulty: int | None = None
    full_action_space: bool = False
    noop_max: int = 0
    stack_num: int = 1
    screen_size: int | None = None
    maxpool: bool = False
    reward_clipping: bool = False
    max_num_frames_per_episode: int = 0

    def __post_init__(self) -> None:
        if self.obs_type not in get_args(ObsType):
            raise ValueError(f"obs_type is {self.obs_type!r:.80}; it is one of {', '.join(get_args(ObsType))}")
        if not isinstance(self.game, str):
            raise ValueError(f"game is {self.game!r:.80}; it must be a name")
        for name, least in _COUNTS.items():
            self._check_count(name, least)
        for name in ("full_action_space", "maxpool", "reward_clipping"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is {getattr(self, name)!r:.80}; it must be true or false")
        probability = self.repeat_action_probability
        if type(probability) not in (int, float) or not 0 <= probability <= 1:
            raise ValueError(f"repeat_action_probability is {probability!r:.80}; it must be from 0 to 1")
        if self.obs_type == "ram" and (self.screen_size or self.maxpool):
            raise ValueError("screen_size and maxpool are for screens, and obs_type is ram")
        rom_path(self.game)

    def _check_count(self, name: str, least: int) -> None:
        value, most = getattr(self, name), _LARGEST.get(name, 2**31 - 1)
        if value is None and name in _OPTIONAL:
            return
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"{name} is {value!r:.80}; it must be an integer from {least} to {most}")

    def changed(self, options: Mapping[str, Any]) -> Options:
        """With those of these that are options of a game. Modes and difficulties are those of one game, so that another
        one has its own defaults. ValueError when an option has no such value, or they disagree."""
        changes = known(options)
        if changes.get("game", self.game) != self.game:
            changes = {"mode": None, "difficulty": None, **changes}
        return replace(self, **changes) if changes else self

    def dump(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


NAMES = frozenset(field.name for field in fields(Options))


def known(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are options of a game; ``game_name``, as the reference says, is the game."""
    taken = {name: value for name, value in options.items() if name in NAMES}
    if (name := options.get("game_name")) is not None and taken.setdefault("game", name) != name:
        raise ValueError(f"game is {taken['game']!r:.80} and game_name is {name!r:.80}")
    return {name: value for name, value in taken.items() if value is not None or name in _OPTIONAL}
