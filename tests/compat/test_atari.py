"""A client that was written for the reference's Atari environment plays on ours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ale_py import ALEInterface, LoggerMode, roms

from tests.compat.reference import Program, reference_interpreter

ACTIONS = (1, 3, 4, 4, 17, 11, 0, 3)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of our server, which is told by the reference's variables what is played."""
    server = Program("serve", "atari_server")
    try:
        yield f"http://127.0.0.1:{server.first_line()}"
    finally:
        server.close()


def expected() -> list[list[Any]]:
    """What the engine itself shows and gives."""
    ALEInterface.setLoggerMode(LoggerMode.Error)
    ale, path = ALEInterface(), roms.get_rom_path("breakout")
    assert path is not None
    ale.setInt("random_seed", 0)
    ale.setFloat("repeat_action_probability", 0.0)
    ale.loadROM(path)
    ale.setMode(4)
    ale.setDifficulty(1)
    ale.reset_game()
    seen, actions = [_seen(ale, None)], ale.getLegalActionSet()
    for index in ACTIONS:
        seen.append(_seen(ale, float(sum(ale.act(actions[index]) for _ in range(3)))))
    return seen


def _seen(ale: ALEInterface, reward: float | None) -> list[Any]:
    screen = ale.getScreenGrayscale()
    fields = {
        "screen": screen.ravel().tolist(),
        "screen_shape": list(screen.shape),
        "legal_actions": list(range(18)),
        "lives": ale.lives(),
        "episode_frame_number": ale.getEpisodeFrameNumber(),
        "frame_number": ale.getFrameNumber(),
        "done": False,
        "reward": reward,
        "metadata": {},
    }
    return [fields, reward, False]


def test_a_client_of_the_reference_plays_what_the_variables_say(url):
    seen, state = json.loads(Program("atari_client", url, *ACTIONS, python=reference_interpreter()).output())
    assert seen == expected()
    told = ("step_count", "game_name", "obs_type", "full_action_space", "mode", "difficulty", "frameskip")
    assert [state[name] for name in told] == [len(ACTIONS), "breakout", "grayscale", True, 4, 1, 3]
