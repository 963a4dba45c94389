"""What is pressed, what is seen, and which game it is."""

from typing import Annotated, Literal

import numpy as np

from openenv import Action, Observation, State
from openenv.contract.arrays import ArraySpec

ObsType = Literal["rgb", "grayscale", "ram"]


class AtariAction(Action):
    """Move the joystick. ``action_id`` is an index into the game's action set, one of ``legal_actions``.

    The other fields say what the sender takes the episode to be. Their defaults say nothing, since clients of the
    reference send them always, whatever is played; nor does None.
    """

    action_id: int
    game_name: str | None = "pong"
    obs_type: ObsType | None = "rgb"
    full_action_space: bool | None = False


class AtariObservation(Observation):
    """The screen, uint8: height × width × 3 (rgb), height × width (grayscale) or the 128 bytes of memory (ram), and in
    front of these the frames of a stack, oldest first. ``metadata["error"]`` says what was wrong with an action."""

    screen: Annotated[np.ndarray, ArraySpec("uint8", shape_in="screen_shape")]
    screen_shape: list[int]
    legal_actions: list[int]
    lives: int = 0
    episode_frame_number: int = 0
    frame_number: int = 0


class AtariState(State):
    """The episode and its game."""

    game_name: str = "pong"
    obs_type: ObsType = "rgb"
    full_action_space: bool = False
    mode: int | None = None
    difficulty: int | None = None
    repeat_action_probability: float = 0.0
    frameskip: int = 4
