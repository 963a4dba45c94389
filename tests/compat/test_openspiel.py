"""A client that was written for the reference's OpenSpiel environment plays on ours."""

import json
from collections.abc import Iterator

import pyspiel
import pytest

from tests.compat.reference import Program, reference_interpreter


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of our server, which is told by the reference's variables what is played."""
    server = Program("serve", "spiel_server")
    try:
        yield f"http://127.0.0.1:{server.first_line()}"
    finally:
        server.close()


def expected() -> list[tuple[list[float], list[int], int, int | None, float | None]]:
    """Of the second player, who takes the first legal action against one who takes the last: what the engine says is
    seen and got after each."""
    state, seen, last, reward = pyspiel.load_game("tic_tac_toe").new_initial_state(), [], None, None
    while True:
        if not state.is_terminal():
            last = state.legal_actions()[-1]
            state.apply_action(last)
        if seen:
            reward = state.returns()[1]
        seen.append((state.observation_tensor(1), state.legal_actions(1), state.current_player(), last, reward))
        if state.is_terminal():
            return seen
        state.apply_action(state.legal_actions()[0])


def test_a_client_of_the_reference_plays_what_the_variables_say(url):
    seen, told = json.loads(Program("spiel_client", url, python=reference_interpreter()).output())
    names = ("info_state", "legal_actions", "current_player_id", "opponent_last_action")
    wanted = expected()
    assert [(*(observation[name] for name in names), reward) for observation, reward, _ in seen] == wanted
    steps = len(wanted) - 1
    assert [done for *_, done in seen] == [False] * steps + [True]
    assert [each["game_phase"] for each, *_ in seen] == ["initial", *["playing"] * (steps - 1), "terminal"]
    assert told == [steps, "tic_tac_toe", 1, "last", 2]
