"""What an episode is played with, and what is wrong with an action."""

import numpy as np
import pytest

from atari_env import AtariAction, AtariState, png
from atari_env.server.atari_environment import AtariEnvironment


@pytest.fixture(scope="module")
def environment() -> AtariEnvironment:
    """Of pong; no test leaves anything in it that the next one would see after ``reset``."""
    return AtariEnvironment()


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (210, 160, 3)),
        ({"obs_type": "grayscale"}, (210, 160)),
        ({"obs_type": "ram"}, (128,)),
        ({"obs_type": "grayscale", "screen_size": 84, "stack_num": 4}, (4, 84, 84)),
        ({"screen_size": 84}, (84, 84, 3)),
    ],
)
def test_what_is_seen_has_the_shape_that_is_asked_for(options, shape):
    environment = AtariEnvironment(**options)
    for seen in (environment.reset(), environment.step(AtariAction(action_id=0))):
        assert (seen.screen.shape, seen.screen_shape, str(seen.screen.dtype)) == (shape, list(shape), "uint8")


def test_the_newest_frame_of_a_stack_is_the_last():
    stacked, single = AtariEnvironment(stack_num=3), AtariEnvironment()
    stacked.reset()
    frames = [single.reset().screen]
    for index in (1, 2, 3, 2):
        frames.append(single.step(AtariAction(action_id=index)).screen)
        seen = stacked.step(AtariAction(action_id=index))
    assert np.array_equal(seen.screen, np.stack(frames[-3:]))


def test_maxpool_shows_the_brighter_of_the_last_two_frames():
    pooled, single = AtariEnvironment(game="asteroids", maxpool=True), AtariEnvironment(game="asteroids", frameskip=1)
    pooled.reset()
    single.reset()
    differs = False
    for _ in range(30):
        *_, before, last = [single.step(AtariAction(action_id=1)).screen for _ in range(4)]
        assert np.array_equal(pooled.step(AtariAction(action_id=1)).screen, np.maximum(before, last))
        differs |= not np.array_equal(before, last)
    assert differs


def test_a_limit_of_frames_truncates():
    environment = AtariEnvironment(max_num_frames_per_episode=12)
    environment.reset()
    seen = [environment.step(AtariAction(action_id=0)) for _ in range(3)]
    assert [one.done for one in seen] == [False, False, True]
    assert seen[-1].metadata == {"truncated": True}
    assert "reset()" in environment.step(AtariAction(action_id=0)).metadata["error"]


def test_rewards_are_clipped_to_their_sign():
    plain, clipped = (AtariEnvironment(game="ms_pacman", reward_clipping=clip) for clip in (False, True))
    plain.reset()
    clipped.reset()
    press = AtariAction(action_id=3)
    pairs = [(plain.step(press).reward or 0.0, clipped.step(press).reward) for _ in range(100)]
    assert max(reward for reward, _ in pairs) > 1
    assert all(sign == np.sign(reward) for reward, sign in pairs)


def test_no_ops_are_those_of_the_seed():
    environment = AtariEnvironment(noop_max=30)
    numbers = [environment.reset(seed=seed).episode_frame_number for seed in (1, 2, 3, 1)]
    assert numbers[0] == numbers[3]
    assert len(set(numbers)) > 1
    assert max(numbers) < 30


@pytest.mark.parametrize("seed", [2**31, 2**63, -1])
def test_any_integer_is_a_seed_of_sticky_actions(environment, seed):
    assert environment.reset(seed=seed, repeat_action_probability=0.25).screen.shape == (210, 160, 3)


@pytest.mark.parametrize("seed", ["7", 7.0])
def test_a_seed_that_is_no_integer_is_refused(environment, seed):
    with pytest.raises(TypeError, match=r"seed is .* integer"):
        environment.reset(seed=seed)


def test_another_game_has_its_own_modes_again():
    environment = AtariEnvironment(game="breakout", mode=4)
    modes = []
    for options in ({"game": "pong"}, {"game": "pong", "mode": 1}, {}):
        environment.reset(**options)
        modes.append((environment.state.game_name, environment.state.mode))
    assert modes == [("pong", None), ("pong", 1), ("breakout", 4)]


@pytest.mark.parametrize(
    ("variables", "options", "mode"),
    [
        ({"ATARI_MODE": "4"}, {"game": "breakout"}, 4),
        ({"ATARI_GAME": "breakout", "ATARI_MODE": "4"}, {}, 4),
        ({"ATARI_GAME": "breakout", "ATARI_MODE": "4"}, {"game": "pong"}, None),
        ({"ATARI_GAME": "breakout", "ATARI_MODE": "4"}, {"game": "breakout", "mode": 8}, 8),
    ],
)
def test_a_mode_of_the_process_is_of_its_game_or_of_any(monkeypatch, variables, options, mode):
    for variable, text in variables.items():
        monkeypatch.setenv(variable, text)
    assert AtariEnvironment(**options).state.mode == mode


def test_empty_variables_say_nothing(monkeypatch):
    for variable in ("ATARI_GAME", "ATARI_MODE", "ATARI_FRAMESKIP", "ATARI_FULL_ACTION_SPACE"):
        monkeypatch.setenv(variable, " ")
    assert AtariEnvironment().state == AtariState()


@pytest.mark.parametrize(
    ("variable", "text"),
    [("ATARI_GAME", "pnog"), ("ATARI_OBS_TYPE", "depth"), ("ATARI_FRAMESKIP", "0"), ("ATARI_MODE", "first")],
)
def test_a_variable_that_says_nothing_of_use_is_named(monkeypatch, variable, text):
    monkeypatch.setenv(variable, text)
    with pytest.raises(ValueError, match=variable):
        AtariEnvironment()


def test_the_full_action_space_has_eighteen(environment):
    assert len(environment.reset(full_action_space=True).legal_actions) == 18
    assert len(environment.reset().legal_actions) == 6


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"game": "ponk"}, "did you mean pong"),
        ({"game": "brekout"}, r"did you mean breakout, qbert\?"),  # and not joust, which is not played
        ({"game": "zzz"}, "there are 104, from adventure to zaxxon"),
        ({"game": "combat"}, "several players"),
        ({"mode": 99}, "pong has 0, 1"),
        ({"difficulty": 1.0}, "must be an integer"),
        ({"frameskip": 0}, "from 1"),
        ({"obs_type": "depth"}, "rgb, grayscale, ram"),
        ({"repeat_action_probability": 2}, "from 0 to 1"),
        ({"game": "pong", "game_name": "qbert"}, "game_name"),
    ],
)
def test_what_cannot_be_played_is_refused_and_the_game_goes_on(environment, options, said):
    environment.reset(game="breakout")
    before = environment.step(AtariAction(action_id=1))
    with pytest.raises(ValueError, match=said):
        environment.reset(**options)
    assert environment.state.game_name == "breakout"
    after = environment.step(AtariAction(action_id=0))
    assert (after.frame_number, "error" in after.metadata) == (before.frame_number + 4, False)


def test_an_option_that_there_is_not_is_refused():
    with pytest.raises(TypeError, match="no option 'frame_skip'"):
        AtariEnvironment(frame_skip=4)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"action_id": 6}, "0 to 5"),
        ({"action_id": -1}, "0 to 5"),
        ({"action_id": 0, "game_name": "qbert"}, "game_name is 'qbert'"),
        ({"action_id": 0, "obs_type": "ram"}, "obs_type"),
        ({"action_id": 0, "full_action_space": True}, "full_action_space"),
    ],
)
def test_an_action_that_is_wrong_is_told_and_nothing_happens(environment, fields, said):
    before = environment.reset()
    seen = environment.step(AtariAction(**fields))
    assert said in seen.metadata["error"]
    assert (seen.reward, seen.done, seen.frame_number) == (0.0, False, before.frame_number)
    assert "error" not in environment.step(AtariAction(action_id=0)).metadata


def test_what_a_client_of_the_reference_always_says_means_nothing():
    environment = AtariEnvironment(game="breakout", obs_type="ram", full_action_space=True)
    environment.reset()
    action = AtariAction(action_id=1, game_name="pong", obs_type="rgb", full_action_space=False)
    assert "error" not in environment.step(action).metadata


def test_the_variables_of_the_reference_are_options(monkeypatch):
    monkeypatch.setenv("ATARI_GAME", "qbert")
    monkeypatch.setenv("ATARI_FRAMESKIP", "2")
    assert (AtariEnvironment().state.game_name, AtariEnvironment().state.frameskip) == ("qbert", 2)
    assert AtariEnvironment(game="pong").state.game_name == "pong"
    monkeypatch.setenv("ATARI_FRAMESKIP", "two")
    with pytest.raises(ValueError, match="ATARI_FRAMESKIP"):
        AtariEnvironment()


def test_a_screen_is_a_picture(environment):
    seen = environment.reset()
    assert png(seen.screen).startswith(b"\x89PNG")
    assert png(seen.screen.tolist()) == png(seen.screen)


@pytest.mark.parametrize("other", [[[999]], [[-1]], [[0.5]], [1, 2], "text", None], ids=str)
def test_what_is_no_picture_is_a_value_error(other):
    with pytest.raises(ValueError, match=r"fit|dtype|lists|picture"):
        png(other)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "data:image/png;base64,"),
        ({"obs_type": "grayscale", "screen_size": 128}, "data:"),
        ({"obs_type": "ram"}, "<pre>"),
    ],
)
def test_a_page_shows_the_screen_or_the_memory_and_what_was_wrong(options, shown):
    environment = AtariEnvironment(**options)
    environment.reset()
    seen = environment.step(AtariAction(action_id=99)).model_dump()
    drawn = environment.render_web(seen)
    assert shown in drawn
    assert "action_id is 99" in drawn
    assert environment.render_web(seen | {"screen": seen["screen"].ravel().tolist()}) == drawn


def test_a_page_has_a_button_for_each_action(environment):
    seen = environment.reset()
    buttons = environment.web_actions(seen.model_dump())
    assert [name for name, _ in buttons] == ["NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE"]
    assert "error" not in environment.step(AtariAction(**buttons[-1][1])).metadata


def test_without_a_seed_an_episode_has_0_and_the_next_ones_follow_from_it():
    one, other = (AtariEnvironment(noop_max=30) for _ in range(2))
    numbers = [[env.reset().episode_frame_number for _ in range(6)] for env in (one, other)]
    assert numbers[0] == numbers[1]
    assert numbers[0][0] == one.reset(seed=0).episode_frame_number
    assert len(set(numbers[0])) > 1
