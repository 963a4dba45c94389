"""What a player does and sees, and where the game is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from openenv import Action, Observation, State
from openenv.contract.arrays import ArraySpec

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray
    Mask = np.ndarray
    Tensor = np.ndarray
else:
    Vector = Annotated[Any, ArraySpec("float32", (None,))]
    Mask = Annotated[Any, ArraySpec("int8", (None,))]
    Tensor = Annotated[Any, ArraySpec("float32", shape_in="observation_shape")]


class OpenSpielAction(Action):
    """A move: ``action_id``, one of the legal ones; or ``actions``, one for each player at a node where all move at
    once (None, or anything, for those who cannot). ``player_id`` says who moves, where clients play every seat.

    ``game_name`` and ``game_params`` are what the sender believes to be played; an episode of another game answers with
    an error. ``"catch"`` and ``{}`` say nothing, since clients of the reference send them always.
    """

    action_id: int | None = None
    player_id: int | None = None
    actions: list[int | None] | None = None
    game_name: str = "catch"
    game_params: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_move(self) -> Self:
        if (self.action_id is None) == (self.actions is None):
            raise ValueError("give action_id, or actions")
        return self


class Seat(BaseModel):
    """What one of several players sees that move at once."""

    model_config = ConfigDict(extra="forbid")

    player_id: int
    info_state: list[float]
    legal_actions: list[int]
    action_names: list[str]
    text: str


class OpenSpielObservation(Observation):
    """What a player sees: ``agent_player`` against opponents; where clients play every seat, the one whose turn it is.

    ``info_state`` (float32, flat) is the information state of that player, or the observation where the game has no
    such tensor. ``observation`` has the shape ``observation_shape``, and ``legal_actions_mask`` an entry (0 or 1, int8)
    for each action of the game. ``text`` shows no more than the player may know.

    ``current_player`` and ``current_player_id`` are the engine's: -2 where all move at once, -4 at the end.
    ``rewards`` (of each player) and ``reward`` are since the agent's last action, ``returns`` since the beginning.
    ``error`` says why an action was not taken.
    """

    info_state: Vector
    legal_actions: list[int]
    game_phase: str = "playing"
    current_player_id: int = 0
    opponent_last_action: int | None = None
    observation: Tensor
    observation_shape: list[int]
    legal_actions_mask: Mask
    current_player: int
    returns: list[float]
    rewards: list[float]
    text: str = ""
    action_names: list[str] = Field(default_factory=list)
    seats: list[Seat] = Field(default_factory=list)
    error: str | None = None


class OpenSpielState(State):
    """Which game is played, against whom, and by which seed. ``step_count`` counts the actions that clients took."""

    game_name: str = "catch"
    agent_player: int = 0
    opponent_policy: str = "random"
    game_params: dict[str, Any] = Field(default_factory=dict)
    num_players: int = 1
    seed: int | None = None
