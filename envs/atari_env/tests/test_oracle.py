"""The engine itself, played with the same actions, as the oracle."""

import random

import numpy as np
import pytest
from ale_py import ALEInterface, roms

from atari_env import AtariAction
from atari_env.server.atari_environment import AtariEnvironment

GAMES = (
    *("adventure", "air_raid", "amidar", "asteroids", "bank_heist", "boxing", "breakout", "enduro", "freeway"),
    *("frostbite", "koolaid", "montezuma_revenge", "ms_pacman", "pong", "qbert", "seaquest", "space_invaders"),
    *("tetris", "trondead", "venture"),
)
FOR_SEVERAL = ("combat", "joust", "maze_craze", "warlords")
STEPS = 120


def engine(game: str, *, seed: int = 0, sticky: float = 0.0) -> ALEInterface:
    ale = ALEInterface()
    ale.setInt("random_seed", seed)
    ale.setFloat("repeat_action_probability", sticky)
    path = roms.get_rom_path(game)
    assert path is not None
    ale.loadROM(path)
    ale.reset_game()
    return ale


def assert_same_episode(environment: AtariEnvironment, ale: ALEInterface, *, seed: int | None) -> None:
    """From the start on, to the last pixel, with random actions."""
    drawn, actions = random.Random(7), ale.getMinimalActionSet()
    seen = environment.reset(seed=seed)
    assert np.array_equal(seen.screen, ale.getScreenRGB())
    for _ in range(STEPS):
        index = drawn.randrange(len(actions))
        seen, reward = environment.step(AtariAction(action_id=index)), 0.0
        for _ in range(4):
            reward += ale.act(actions[index])
            if ale.game_over():
                break
        assert np.array_equal(seen.screen, ale.getScreenRGB())
        assert (seen.reward, seen.done, seen.lives) == (reward, ale.game_over(), ale.lives())
        assert (seen.frame_number, seen.episode_frame_number) == (ale.getFrameNumber(), ale.getEpisodeFrameNumber())
        if seen.done:
            break


@pytest.mark.parametrize("game", GAMES)
def test_episodes_are_those_of_the_engine_freshly_loaded_also_the_second(game):
    environment = AtariEnvironment(game=game)
    for seed in (None, 3):
        assert_same_episode(environment, engine(game), seed=seed)


@pytest.mark.parametrize("game", ["breakout", "frostbite", "qbert"])
def test_sticky_actions_are_those_of_the_seed_whatever_was_played_before(game):
    environment = AtariEnvironment(game=game, repeat_action_probability=0.25)
    for seed in (5, 6, 5):
        assert_same_episode(environment, engine(game, seed=seed, sticky=0.25), seed=seed)


def test_each_game_of_the_engine_begins_or_says_why_not():
    environment = AtariEnvironment()
    for game in roms.get_all_rom_ids():
        if game in FOR_SEVERAL:
            with pytest.raises(ValueError, match="several players only"):
                environment.reset(game=game)
        else:
            assert environment.reset(game=game).screen.shape[1:] == (160, 3)
