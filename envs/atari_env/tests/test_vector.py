"""Many episodes in one object are the same as each alone."""

import os
import random
import signal
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest

from atari_env import AtariAction
from atari_env.server.atari_environment import AtariEnvironment
from atari_env.server.vector import AtariVector
from openenv import AutoEnv
from openenv.contract.vector_environment import Transitions

COUNT = 2
STACKS = {"obs_type": "grayscale", "screen_size": 84, "stack_num": 4, "maxpool": True}
FIELDS = ("screen", "screen_shape", "legal_actions", "lives", "episode_frame_number", "frame_number")
CASES: tuple[dict[str, Any], ...] = (
    {"game": "pong", **STACKS},
    {"game": "breakout", **STACKS, "reward_clipping": True, "noop_max": 30},
    {"game": "ms_pacman", **STACKS, "reward_clipping": True, "max_num_frames_per_episode": 300},
    {"game": "qbert", **STACKS, "repeat_action_probability": 0.25, "noop_max": 10},
    {"game": "freeway", "screen_size": 84, "full_action_space": True},
    {"game": "seaquest", **STACKS, "noop_max": 30, "frameskip": 3},
    {"game": "asteroids", "obs_type": "rgb", "screen_size": 64, "stack_num": 2, "frameskip": 1, "maxpool": True},
    {"game": "atlantis", "screen_size": 160, "frameskip": 2, "maxpool": True},
    {"game": "bowling", "obs_type": "grayscale", "screen_size": 10},
)


def made(count: int, **options: Any) -> AtariVector:
    vector = AtariEnvironment.vectorise(count, **options)
    assert vector is not None
    return vector


def rows(transitions: Transitions) -> list[tuple[Any, ...]]:
    """Each episode's, screens as bytes."""
    columns = [transitions.observations[name] for name in FIELDS]
    beside = (transitions.rewards, transitions.done, transitions.metadata)
    return [(row[0].tobytes(), *row[1:]) for row in zip(*columns, *beside, strict=True)]


def row(seen: Any) -> tuple[Any, ...]:
    """The same of an observation."""
    fields = [getattr(seen, name) for name in (*FIELDS[1:], "reward", "done", "metadata")]
    return (seen.screen.tobytes(), *fields)


def assert_same(options: dict[str, Any], *, steps: int, seeds: list[int | None]) -> int:
    """Each episode as it is alone, through ends and the beginnings after them; how many ends there were."""
    vector, alone = made(COUNT, **options), [AtariEnvironment(**options) for _ in range(COUNT)]
    rng, ends = random.Random(5), 0
    first = [environment.reset(seed=seed) for environment, seed in zip(alone, seeds, strict=True)]
    assert rows(vector.reset(range(COUNT), seeds=seeds, options={})) == [row(one) for one in first]
    for _ in range(steps):
        actions = [AtariAction(action_id=rng.randrange(len(one.legal_actions))) for one in first]
        seen = [environment.step(action) for environment, action in zip(alone, actions, strict=True)]
        assert rows(vector.step(range(COUNT), actions)) == [row(one) for one in seen]
        ended = [place for place, one in enumerate(seen) if one.done]
        ends += len(ended)
        if ended:
            again = [None if seeds[place] is None else ends for place in ended]
            begun = [alone[place].reset(seed=seed) for place, seed in zip(ended, again, strict=True)]
            assert rows(vector.reset(ended, seeds=again, options={})) == [row(one) for one in begun]
    vector.close()
    return ends


@pytest.mark.parametrize("options", CASES, ids=lambda options: options["game"])
def test_a_seed_gives_the_same_episode_in_a_vector_and_alone(options):
    assert_same(options, steps=80, seeds=[3, 2**31 + 5])


@pytest.mark.parametrize(
    ("options", "seeds"),
    [
        ({"game": "breakout", **STACKS, "repeat_action_probability": 0.25}, [1, 2]),
        ({"game": "flag_capture", **STACKS, "maxpool": False, "frameskip": 100}, [None, 2]),
        ({"game": "frostbite", **STACKS, "frameskip": 60}, [None, 2]),
    ],
    ids=["sticky", "with frames before the start", "with starts that differ"],
)
def test_episodes_after_others_are_the_same_in_a_vector_and_alone(options, seeds):
    assert assert_same(options, steps=200 if "repeat_action_probability" in options else 100, seeds=seeds) >= COUNT


@pytest.mark.parametrize("draws", [{"repeat_action_probability": 0.25}, {"noop_max": 30}], ids=str)
def test_episodes_without_seeds_are_the_same_in_every_vector(draws):
    seen = []
    for _ in range(2):
        vector = made(1, **STACKS, **draws)
        found = []
        for _ in range(3):
            found += rows(vector.reset([0], seeds=[None], options={}))
            for number in range(20):
                found += rows(vector.step([0], [AtariAction(action_id=number % 6)]))
        vector.close()
        seen.append(found)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("action", [{"action_id": 6}, {"action_id": -1}, {"action_id": 1, "game_name": "qbert"}])
def test_a_wrong_action_is_told_and_nothing_happens_in_its_episode_alone(action):
    vector = made(3, **STACKS)
    start = rows(vector.reset(range(3), seeds=[None] * 3, options={}))
    press = AtariAction(action_id=0)
    seen = rows(vector.step(range(3), [press, AtariAction(**action), press]))
    assert [one[5] for one in seen] == [4, 0, 4]
    assert (seen[1][:-3], seen[1][-3:-1]) == (start[1][:-3], (0.0, False))
    assert ["error" in one[-1] for one in seen] == [False, True, False]
    assert rows(vector.step([1], [press])) == [seen[0]]
    vector.close()


def test_an_episode_that_has_ended_stays_as_it_is_until_it_is_reset():
    vector = made(2, **STACKS, max_num_frames_per_episode=8)
    vector.reset([0, 1], seeds=[None, None], options={})
    press = [AtariAction(action_id=0)]
    vector.step([0], press)
    ended = vector.step([0], press)
    assert (ended.done, ended.truncated) == ([True], [True])
    both = vector.step([0, 1], press * 2)
    assert (both.done, both.truncated) == ([True, False], [True, False])
    assert "reset()" in both.metadata[0]["error"]
    assert both.observations["frame_number"] == [8, 4]
    assert vector.reset([0], seeds=[None], options={}).observations["frame_number"] == [0]
    assert "error" not in vector.step([0, 1], press * 2).metadata[0]
    vector.close()


def test_some_of_the_episodes_are_played_on_while_others_wait():
    vector, alone = made(3, **STACKS), [AtariEnvironment(**STACKS) for _ in range(3)]
    vector.reset(range(3), seeds=[None] * 3, options={})
    for environment in alone:
        environment.reset()
    rng = random.Random(1)
    for _ in range(60):
        asked = sorted(rng.sample(range(3), rng.randint(1, 3)))
        actions = [AtariAction(action_id=rng.randrange(6)) for _ in asked]
        wanted = [row(alone[place].step(action)) for place, action in zip(asked, actions, strict=True)]
        assert rows(vector.step(asked, actions)) == wanted
    vector.close()


@pytest.mark.parametrize("options", [{"game": "freeway"}, {"obs_type": "ram", "screen_size": None, "maxpool": False}])
def test_reset_changes_the_game_of_some_whether_the_engine_has_a_vector_for_it_or_not(options):
    vector, changed = made(2, **STACKS), AtariEnvironment(**STACKS)
    first = rows(vector.reset([0, 1], seeds=[None, None], options={}))
    assert rows(vector.reset([1], seeds=[None], options=options)) == [row(changed.reset(**options))]
    press = AtariAction(action_id=1)
    both = rows(vector.step([0, 1], [press, press]))
    assert both[1] == row(changed.step(press))
    assert both[0][1:3] == first[0][1:3]
    vector.close()


@pytest.mark.parametrize(("options", "said"), [({"game": "ponk"}, "did you mean"), ({"mode": 99}, "pong has 0, 1")])
def test_what_cannot_be_played_is_refused_and_all_episodes_go_on(options, said):
    vector = made(2, **STACKS)
    vector.reset([0, 1], seeds=[None, None], options={})
    press = [AtariAction(action_id=1)] * 2
    vector.step([0, 1], press)
    with pytest.raises(ValueError, match=said):
        vector.reset([0, 1], seeds=[None, None], options=options)
    assert vector.step([0, 1], press).observations["frame_number"] == [8, 8]
    vector.close()


@pytest.mark.parametrize(
    "options",
    [
        {"screen_size": None},
        {"screen_size": 161},
        {"screen_size": None, "maxpool": False, "obs_type": "ram"},
        {"mode": 0},
        {"difficulty": 0},
        {"game": "freeway", "repeat_action_probability": 0.25},
    ],
    ids=str,
)
def test_there_is_no_vector_where_the_engines_own_would_play_otherwise(options):
    assert AtariEnvironment.vectorise(2, **{**STACKS, **options}) is None


def test_closing_ends_the_threads():
    before = len(os.listdir("/proc/self/task"))
    vector = made(4, **STACKS)
    vector.reset(range(4), seeds=[None] * 4, options={})
    assert len(os.listdir("/proc/self/task")) > before
    vector.close()
    assert len(os.listdir("/proc/self/task")) <= before


@pytest.mark.skipif(os.cpu_count() == 1, reason="there is one core")
def test_the_threads_stay_within_the_cores_of_the_process():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        before = {*os.listdir("/proc/self/task")}
        vector = made(4, **STACKS)
        vector.reset(range(4), seeds=[None] * 4, options={})
        threads = {*os.listdir("/proc/self/task")} - before
        assert threads
        assert all(os.sched_getaffinity(int(thread)) == {max(allowed)} for thread in threads)
        vector.close()
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize("draws", [{}, {"noop_max": 30}], ids=str)
def test_an_episode_goes_on_the_same_when_others_are_held_still_meanwhile(draws):
    options = {**STACKS, "frameskip": 100, **draws}
    vectors = [made(3, **options) for _ in range(2)]
    for vector in vectors:
        vector.reset(range(3), seeds=[4, 5, 6], options={})
    rng, ends = random.Random(2), 0
    for number in range(60):
        actions = [AtariAction(action_id=rng.randrange(6)) for _ in range(3)]
        together = vectors[0].step(range(3), actions)
        if number == 40:  # in the middle of later episodes, which began without a seed
            parts = [rows(vectors[1].step([place], actions[place : place + 1])) for place in (1, 0, 2)]
            assert [parts[1][0], parts[0][0], parts[2][0]] == rows(together)
        else:
            assert rows(vectors[1].step(range(3), actions)) == rows(together)
        ended = [place for place in range(3) if together.done[place]]
        ends += len(ended) if number < 40 else 0
        if ended:
            begun = [
                vector.reset(ended, seeds=[number if draws else None] * len(ended), options={}) for vector in vectors
            ]
            assert rows(begun[0]) == rows(begun[1])
    assert ends >= 3
    for vector in vectors:
        vector.close()


@pytest.mark.parametrize("plays", [1, 2], ids=lambda plays: f"{plays} played by others")
def test_an_episode_begins_the_same_after_others_were_played_since_its_end(plays):
    options = {**STACKS, "frameskip": 100}
    vector, alone = made(2, **options), [AtariEnvironment(**options) for _ in range(2)]
    begun = [row(environment.reset()) for environment in alone]
    assert rows(vector.reset([0, 1], seeds=[None, None], options={})) == begun
    rng, asked, ended_at, begins = random.Random(3), {0, 1}, dict[int, int](), 0
    for number in range(150):
        if number == 15:  # so that they end one after the other
            assert rows(vector.reset([1], seeds=[None], options={})) == [row(alone[1].reset())]
        actions = {place: AtariAction(action_id=rng.randrange(6)) for place in sorted(asked)}
        seen = {place: alone[place].step(action) for place, action in actions.items()}
        wanted = [row(one) for one in seen.values()]
        assert rows(vector.step([*actions], [*actions.values()])) == wanted
        ended_at |= {place: number for place, one in seen.items() if one.done}
        again = [place for place, ended in ended_at.items() if number - ended >= plays or len(ended_at) == 2]
        for place in again:
            begins += number - ended_at.pop(place) == plays
            assert rows(vector.reset([place], seeds=[None], options={})) == [row(alone[place].reset())]
        asked = {0, 1} - {*ended_at}
    assert begins >= 4
    vector.close()


def test_an_episode_that_was_begun_without_a_seed_is_held_still_where_it_is():
    options = {**STACKS, "frameskip": 30, "noop_max": 30}
    vector, press = made(2, **options), AtariAction(action_id=0)
    vector.reset([0, 1], seeds=[None, None], options={})
    for _ in range(2):
        while True:
            seen = vector.step([0, 1], [press, press])
            if ended := [place for place in range(2) if seen.done[place]]:
                vector.reset(ended, seeds=[None] * len(ended), options={})
                break
    seen = vector.step([0, 1], [press, press])
    assert seen.done == [False, False]
    wrong = vector.step([0, 1], [press, AtariAction(action_id=9)])
    assert "error" in wrong.metadata[1]
    assert rows(wrong)[1][:-3] == rows(seen)[1][:-3]
    later = vector.step([0, 1], [press, press])
    counts = [each.observations["episode_frame_number"] for each in (seen, wrong, later)]
    assert [count[1] - counts[0][1] for count in counts] == [0, 0, 30]
    vector.close()


@pytest.mark.parametrize("asked", [[2], [0, 1, 3]], ids=["one is played", "one is held"])
def test_one_leaves_the_engine_that_they_share(asked):
    vector, press = made(4, **STACKS), AtariAction(action_id=2)
    vector.reset(range(4), seeds=[None] * 4, options={})
    vector.step(range(4), [press] * 4)
    threads = len(os.listdir("/proc/self/task"))
    some = vector.step(asked, [press] * len(asked))
    assert len(os.listdir("/proc/self/task")) == threads + 1
    assert some.observations["frame_number"] == [8] * len(asked)
    last = vector.step(range(4), [press] * 4)
    assert last.observations["frame_number"] == [12 if place in asked else 8 for place in range(4)]
    vector.close()


def test_an_interrupt_in_a_reset_leaves_a_vector_that_can_be_reset():
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    vector, rng, cut, press = made(4, **STACKS), random.Random(1), 0, AtariAction(action_id=1)
    alone = AtariEnvironment(**STACKS)
    wanted = [row(alone.reset(seed=0)), row(alone.step(press))]
    try:
        for number in range(60):
            if number % 20 == 0:
                vector.close()
                vector = made(4, **STACKS)
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(0.0001, 0.5 if number % 20 == 0 else 0.02))
            with suppress(KeyboardInterrupt):
                asked = rng.choice([[0, 1, 2, 3], [1, 2]])
                vector.reset(asked, seeds=[0] * len(asked), options={})
                signal.setitimer(signal.ITIMER_REAL, 0)
                cut -= 1
            cut += 1
            if rng.random() < 0.5:
                vector.step(range(4), [press] * 4)
            assert rows(vector.reset(range(4), seeds=[0] * 4, options={})) == [wanted[0]] * 4
            assert rows(vector.step(range(4), [press] * 4)) == [wanted[1]] * 4
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert cut > 10
    vector.close()


@pytest.mark.parametrize("count", [2, 4])
def test_all_leave_the_engine_where_few_would_be_left(count):
    threads = len(os.listdir("/proc/self/task"))
    vector, alone = made(count, **STACKS), AtariEnvironment(**STACKS)
    vector.reset(range(count), seeds=[None] * count, options={})
    alone.reset()
    press = AtariAction(action_id=2)
    for asked in range(1, count):
        vector.step(range(asked), [press] * asked)
    assert len(os.listdir("/proc/self/task")) == threads + count  # one for each, and none of the engine's
    wanted = [row(alone.step(press)) for _ in range(count)]
    assert rows(vector.step(range(count), [press] * count)) == wanted[::-1]
    vector.close()


def test_a_seed_that_is_none_is_refused_and_all_episodes_go_on():
    vector, press = made(3, **STACKS, noop_max=30), AtariAction(action_id=2)
    vector.reset(range(3), seeds=[1, 2, 3], options={})
    before = vector.step(range(3), [press] * 3).observations["frame_number"]
    seeds: list[Any] = [None, "x"]
    with pytest.raises(TypeError, match="integer"):
        vector.reset([0, 1], seeds=seeds, options={})
    assert vector.step([2], [press]).observations["frame_number"] == [before[2] + 4]
    assert vector.step(range(2), [press] * 2).observations["frame_number"] == [before[0] + 4, before[1] + 4]
    vector.close()


def test_what_is_kept_for_playing_again_does_not_outlast_the_episodes():
    vector, kept = made(2, **STACKS, max_num_frames_per_episode=40), []
    vector.reset([0, 1], seeds=[None, None], options={})
    tracemalloc.start()
    try:
        for number in range(600):
            seen = vector.step([0, 1], [AtariAction(action_id=0)] * 2)
            if ended := [place for place in range(2) if seen.done[place]]:
                vector.reset(ended, seeds=[None] * len(ended), options={})
            if number in (99, 599):
                found = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*shared_engine.py")])
                kept.append(sum(trace.size for trace in found.traces))
    finally:
        tracemalloc.stop()
    assert kept[1] < kept[0] + 5_000  # 500 more took more than twice that
    vector.close()


def test_a_client_steps_them_as_one_and_gets_their_stacks_as_one_array():
    options = {**STACKS, "game": "breakout", "max_num_frames_per_episode": 12}
    with AutoEnv.from_env("atari-env", num_envs=4, options=options) as envs:
        batch, ends = envs.reset(seed=1), 0
        for _ in range(10):
            batch = envs.step([AtariAction(action_id=1)] * 4)
            assert (batch.observations["screen"].shape, batch.errors) == ((4, 4, 84, 84), {})
            ends += int(batch.truncated.sum())
        assert ends == 8


def test_a_client_sends_to_some_and_receives_from_those():
    with AutoEnv.from_env("atari-env", num_envs=4, batch_size=2, options=STACKS) as envs:
        envs.reset()
        envs.send([AtariAction(action_id=0), AtariAction(action_id=9)], env_ids=[1, 3])
        batch = envs.recv()
        wrong = ["error" in result.observation.metadata for result in batch]
        assert dict(zip(batch.env_ids, wrong, strict=True)) == {1: False, 3: True}


def test_sessions_have_a_process_each_where_there_is_no_vector():
    with AutoEnv.from_env("atari-env", num_envs=2) as envs:
        envs.reset(seed=1)
        assert envs.step([AtariAction(action_id=1)] * 2).observations["screen"].shape == (2, 210, 160, 3)


def test_games_go_on_after_an_interrupt_at_any_moment():
    frames = 100
    vector, rng, cut = made(4, game="pong", **STACKS, frameskip=frames), random.Random(1), 0
    vector.reset(range(4), seeds=[0] * 4, options={})
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for _ in range(40):
            played = vector.step(range(4), [AtariAction(action_id=0)] * 4)
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(0.0001, 0.02))
            with suppress(KeyboardInterrupt):
                vector.step(range(4), [AtariAction(action_id=0)] * 4)
                signal.setitimer(signal.ITIMER_REAL, 0)
                cut -= 1
            cut += 1
            after = vector.step(range(4), [AtariAction(action_id=0)] * 4)
            if any(after.done):
                vector.reset(range(4), seeds=[0] * 4, options={})
                continue
            counts = zip(*(seen.observations["episode_frame_number"] for seen in (after, played)), strict=True)
            assert {later - before for later, before in counts} <= {frames, 2 * frames}
            assert after.observations["screen"].shape == (4, 4, 84, 84)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert cut > 10


def test_each_of_many_games_has_its_own_row():
    count = 37  # more than are waited for at once
    vector = made(count, game="pong", **STACKS)
    vector.reset(range(count), seeds=[0] * count, options={})
    alone = AtariEnvironment(game="pong", **STACKS)
    wanted = {}
    for button in range(6):
        alone.reset(seed=0)
        wanted[button] = [row(alone.step(AtariAction(action_id=button))) for _ in range(12)]
    for number in range(12):
        seen = rows(vector.step(range(count), [AtariAction(action_id=place % 6) for place in range(count)]))
        assert seen == [wanted[place % 6][number] for place in range(count)]
