"""Steps of many games of tic-tac-toe at once: ``embedded COUNT``, ``text COUNT`` (with the text that a language model
reads), ``alone COUNT`` (the environment without openenv), or ``bare COUNT`` (the engine)."""

import random
import sys
from collections.abc import Callable

import pyspiel

from benchmarks.programs.rounds import answer_rounds
from openenv import AutoEnv
from openspiel_env import OpenSpielAction
from openspiel_env.server.openspiel_environment import OpenSpielEnvironment

ACTIONS = [OpenSpielAction(action_id=action) for action in range(9)]


class Embedded:
    """Through the client."""

    def __init__(self, count: int, *, text: bool) -> None:
        self._envs = AutoEnv.from_env("openspiel-env", num_envs=count, options={"game": "tic_tac_toe", "text": text})
        self._legal = self._envs.reset(seed=0).observations["legal_actions"]

    def step(self) -> None:
        batch = self._envs.step([ACTIONS[legal[0] if legal else 0] for legal in self._legal])
        assert not batch.errors
        self._legal = batch.observations["legal_actions"]


class Alone:
    """The vector itself; games that have ended are begun again in a call of their own."""

    def __init__(self, count: int) -> None:
        made = OpenSpielEnvironment.vectorise(count, game="tic_tac_toe", text=False)
        assert made is not None
        self._vector = made
        seen = self._vector.reset(range(count), seeds=[0] * count, options={})
        self._legal = list(seen.observations["legal_actions"])

    def step(self) -> None:
        ended = [place for place, legal in enumerate(self._legal) if not legal]
        going = [place for place, legal in enumerate(self._legal) if legal]
        if going:
            actions = [ACTIONS[self._legal[place][0]] for place in going]
            self._note(going, self._vector.step(going, actions).observations["legal_actions"])
        if ended:
            begun = self._vector.reset(ended, seeds=[None] * len(ended), options={})
            self._note(ended, begun.observations["legal_actions"])

    def _note(self, places: list[int], legal: list[list[int]]) -> None:
        for place, actions in zip(places, legal, strict=True):
            self._legal[place] = actions


class Bare:
    """The engine, one game after the other."""

    def __init__(self, count: int) -> None:
        self._game = pyspiel.load_game("tic_tac_toe")
        self._states = [self._game.new_initial_state() for _ in range(count)]

    def step(self) -> None:
        for place, state in enumerate(self._states):
            if state.is_terminal():
                state = self._states[place] = self._game.new_initial_state()
            else:
                state.apply_action(state.legal_actions()[0])
                if not state.is_terminal():
                    state.apply_action(random.choice(state.legal_actions()))
            state.observation_tensor(0)
            state.legal_actions_mask(0)
            state.returns()


def stepping(mode: str, count: int) -> Callable[[], None]:
    match mode:
        case "embedded" | "text":
            return Embedded(count, text=mode == "text").step
        case "alone":
            return Alone(count).step
        case "bare":
            return Bare(count).step
    raise SystemExit(__doc__)


def main() -> None:
    mode, count = sys.argv[1], int(sys.argv[2])
    answer_rounds(stepping(mode, count), at_once=count)


if __name__ == "__main__":
    main()
