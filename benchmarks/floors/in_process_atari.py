"""The least for a step of Pong in one process with models: the action is checked before the engine is asked, what is
seen is made a model, and its fields are made the client's own. No framework, no errors, and only this game."""

from typing import Any

from atari_env import AtariAction, AtariObservation
from benchmarks.programs.bare_atari import ACTIONS, BareAtari, presses
from benchmarks.programs.rounds import answer_rounds
from openenv import StepResult

LEGAL = list(range(ACTIONS))
GAME, INDICES = BareAtari(), presses()
PRESSES = [AtariAction(action_id=index) for index in range(ACTIONS)]
TAKEN: Any = AtariAction.__pydantic_validator__.validate_python
SEEN: Any = AtariObservation.__pydantic_validator__.validate_python


def played(press: AtariAction) -> AtariObservation:
    screen, reward, is_over = GAME.step(TAKEN(press.__dict__).action_id)
    fields = {"screen": screen, "screen_shape": [*screen.shape], "legal_actions": LEGAL, "metadata": {}}
    observation: AtariObservation = SEEN({**fields, "reward": reward, "done": is_over})
    return observation


def step() -> None:
    seen = SEEN(played(PRESSES[next(INDICES)]).__dict__)
    if StepResult(seen, seen.reward, seen.done).done:
        GAME.reset()


GAME.reset()
answer_rounds(step)
