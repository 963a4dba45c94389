"""The engine itself, played with the same actions, as the oracle."""

import functools
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import pytest
from ale_py import ALEInterface, roms

from atari_env import AtariAction, AtariObservation
from atari_env.server.atari_environment import AtariEnvironment
from atari_env.tests.beginning import beginning

GAMES = (
    *("adventure", "air_raid", "amidar", "asteroids", "bank_heist", "boxing", "breakout", "enduro", "freeway"),
    *("frostbite", "koolaid", "montezuma_revenge", "ms_pacman", "pong", "qbert", "seaquest", "space_invaders"),
    *("tetris", "trondead", "venture"),
)
FOR_SEVERAL = ("combat", "joust", "maze_craze", "warlords")
STEPS, MIDDLE = 100, 60


class Seen(NamedTuple):
    """After the start, or an action: ``pixels`` of the whole screen, and the ``reward`` of four frames."""

    pixels: bytes
    reward: float
    done: bool
    lives: int
    frame_number: int
    episode_frame_number: int


def loaded(game: str, *, seed: int, sticky: float) -> ALEInterface:
    ale = ALEInterface()
    ale.setInt("random_seed", seed)
    ale.setFloat("repeat_action_probability", sticky)
    path = roms.get_rom_path(game)
    assert path is not None
    ale.loadROM(path)
    ale.reset_game()
    return ale


@functools.cache
def moves(number_of_actions: int) -> list[int]:
    drawn = random.Random(7)
    return [drawn.randrange(number_of_actions) for _ in range(STEPS)]


@functools.cache
def of_the_engine(game: str, *, seed: int = 0, sticky: float = 0.0) -> list[Seen]:
    """A whole episode after a fresh load, with random actions."""
    ale = loaded(game, seed=seed, sticky=sticky)
    actions = ale.getMinimalActionSet()

    def seen(reward: float) -> Seen:
        counted = ale.lives(), ale.getFrameNumber(), ale.getEpisodeFrameNumber()
        return Seen(ale.getScreenRGB().tobytes(), reward, ale.game_over(), *counted)

    episode = [seen(0.0)]
    for index in moves(len(actions)):
        reward = 0.0
        for _ in range(4):
            reward += ale.act(actions[index])
            if ale.game_over():
                break
        episode.append(seen(reward))
        if episode[-1].done:
            break
    return episode


def told(seen: AtariObservation) -> Seen:
    counted = seen.lives, seen.frame_number, seen.episode_frame_number
    return Seen(seen.screen.tobytes(), seen.reward or 0.0, seen.done, *counted)


def played(environment: AtariEnvironment, first: int, last: int) -> list[Seen]:
    """These steps of the same episode."""
    indices = moves(len(environment.web_actions({})))[first:last]
    return [told(environment.step(AtariAction(action_id=index))) for index in indices]


@pytest.fixture(scope="module", params=GAMES)
def environment(request) -> Iterator[AtariEnvironment]:
    yield AtariEnvironment(game=request.param)
    of_the_engine.cache_clear()


def test_episodes_are_those_of_the_engine_freshly_loaded_also_the_second(environment):
    wanted = of_the_engine(environment.state.game_name)
    for seed in (None, 3):
        assert [told(environment.reset(seed=seed)), *played(environment, 0, len(wanted) - 1)] == wanted


def test_what_is_restored_goes_on_as_the_engine_does(environment):
    wanted = of_the_engine(environment.state.game_name)
    environment.reset()
    middle = min(MIDDLE, len(wanted) - 1)
    played(environment, 0, middle)
    kept = environment.snapshot()
    for _ in range(2):
        assert played(environment, middle, len(wanted) - 1) == wanted[middle + 1 :]
        environment.restore(kept)


@pytest.mark.parametrize("game", ["breakout", "frostbite", "qbert"])
def test_sticky_actions_are_those_of_the_seed_whatever_was_played_before(game):
    environment = AtariEnvironment(game=game, repeat_action_probability=0.25)
    for seed in (5, 2**31 - 1, 5):
        wanted = of_the_engine(game, seed=seed, sticky=0.25)
        assert [told(environment.reset(seed=seed)), *played(environment, 0, len(wanted) - 1)] == wanted
    kept = environment.snapshot()
    environment.reset(seed=6)
    environment.restore(kept)
    environment.reset(seed=5)
    assert played(environment, 0, len(wanted) - 1) == wanted[1:]


def test_each_other_game_of_the_engine_begins_or_says_why_not():
    games = sorted(set(roms.get_all_rom_ids()).difference(GAMES))
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        begun = dict(zip(games, pool.map(beginning, games, chunksize=6), strict=True))
    refusals = {game: begun.pop(game) for game in FOR_SEVERAL}
    assert all("several players only" in str(refusal) for refusal in refusals.values())
    assert {shape[1:] for shape in begun.values()} == {(160, 3)}
