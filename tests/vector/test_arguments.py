"""What a vector's methods take, and what they refuse."""

import os
import resource
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openenv import AutoEnv, VectorEnv
from openenv.client.local import LocalRuntime
from openenv.contract.results import StepResult
from openenv.errors import MessageTooLarge, RuntimeUnavailable
from openenv.processes.launcher import launcher
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.vector.conftest import KINDS, WAYS, each_for_itself, in_one_colour, over
from tests.vector.environments import Do, Inline, Many, Obedient, ObedientEnv, Seated, Seen

GO = [Do()] * 4


@pytest.mark.parametrize(
    "seed", [[5, 6, None, 8], (5, 6, None, 8), np.array([5, 6, 0, 8]), np.int64(5), [np.int32(5), 6, 0, np.uint8(8)]]
)
@over(WAYS[::3])
async def test_seeds_are_numbers_of_any_make(place, seed):
    async with place.vector() as envs:
        numbers = (await envs.reset(seed=seed)).observations["number"].tolist()
    assert numbers == ([5, 6, 7, 8] if np.ndim(seed) == 0 else [5, 6, 0, 8])


@in_one_colour
async def test_numbers_of_environments_are_numbers_of_any_make(place):
    async with place.vector(batch_size=2) as envs:
        await envs.reset(seed=1)
        batch = await envs.reset(env_ids=np.array([3, 1]), seed=20)
        assert batch.observations["number"].tolist() == [23, 21]  # each is seeded as in a reset of all
        await envs.send(GO[:2], (number for number in (3, 1)))
        assert sorted((await envs.recv()).rewards) == [22.0, 24.0]


@pytest.fixture
def envs():
    with VectorEnv(ObedientEnv(provider=LocalRuntime(Inline)), 3, batch_size=2) as envs:
        envs.reset(seed=1)
        yield envs


@pytest.mark.parametrize("ids", [[1.5], ["1"], [None]])
def test_what_is_no_number_names_no_environment(envs, ids):
    with pytest.raises(TypeError):
        envs.send(GO[:1], ids)
    assert not envs.step(GO[:3]).errors


@pytest.mark.parametrize("timeout_s", [-1, float("nan"), float("inf"), 1e9])
def test_a_time_is_a_time(envs, timeout_s):
    for call in (
        lambda: envs.step(GO[:3], timeout_s=timeout_s),
        lambda: envs.send(GO[:3], timeout_s=timeout_s),
        lambda: envs.reset(timeout_s=timeout_s),
    ):
        with pytest.raises(ValueError, match="timeout_s is a number of seconds"):
            call()
    envs.send(GO[:3])
    with pytest.raises(ValueError, match="timeout_s is a number of seconds"):
        envs.recv(timeout_s=timeout_s)
    assert len(envs.recv()) == 2


def test_an_action_of_another_kind_is_refused_before_anything_is_sent(envs):
    with pytest.raises(TypeError, match="step takes Do, not int"):
        envs.step([Do(), 5, Do()])
    with pytest.raises(TypeError, match="step takes Do, not str"):
        envs.send(["go"], [0])
    assert envs.step(GO[:3]).rewards.tolist() == [2.0, 3.0, 4.0]


@pytest.mark.parametrize("num_envs", [1, 4])
def test_a_message_over_the_limit_is_refused_before_anything_is_sent(num_envs):
    client = ObedientEnv(provider=EmbeddedRuntime(Inline), max_message_size_mb=0.01)
    with VectorEnv(client, num_envs) as envs:
        envs.reset(seed=1)
        big = Do(until="x" * 20_000)
        with pytest.raises(MessageTooLarge):
            envs.step([*GO[: num_envs - 1], big])
        assert envs.step(GO[:num_envs]).rewards.tolist() == [2.0, 3.0, 4.0, 5.0][:num_envs]
        with pytest.raises(MessageTooLarge):
            envs.reset(until="x" * 20_000)
        assert not envs.step(GO[:num_envs]).errors


def test_options_of_a_first_reset_over_the_limit_leave_a_vector_that_can_be_used():
    client = ObedientEnv(provider=EmbeddedRuntime(Inline), max_message_size_mb=0.01)
    with VectorEnv(client, 3) as envs:
        with pytest.raises(MessageTooLarge):
            envs.reset(until="x" * 20_000)
        assert envs.reset(env_ids=[0, 1, 2], seed=1).observations["number"].tolist() == [1, 2, 3]
        assert envs.step(GO[:3]).rewards.tolist() == [2.0, 3.0, 4.0]


@pytest.mark.parametrize("kind", ["process", "inline", "seated"])
def test_options_of_a_first_reset_that_cannot_be_sent_leave_a_vector_that_can_be_used(kind):
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(KINDS[kind])), 3) as envs:
        with pytest.raises(TypeError):
            envs.reset(until=object())
        assert envs.reset(env_ids=[0, 1, 2], seed=1).observations["number"].tolist() == [1, 2, 3]
        with pytest.raises(TypeError):
            envs.reset(until=object())
        assert envs.step(GO[:3]).rewards.tolist() == [2.0, 3.0, 4.0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of sockets beside which no pipe fits
def test_where_the_system_has_no_more_descriptors_reset_says_so():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(Obedient)), 20) as envs:
        launcher()
        EmbeddedRuntime(Obedient).open().socket.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 20, hard))
        try:
            with pytest.raises(RuntimeUnavailable, match="no further session"):
                envs.reset(seed=1)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert envs.reset(seed=1).observations["number"].tolist() == list(range(1, 21))


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "2", None])
def test_how_many_is_a_number_of_at_least_one(value):
    with pytest.raises(ValueError, match="num_envs"):
        VectorEnv(ObedientEnv(provider=LocalRuntime(Inline)), value)


@pytest.mark.parametrize("value", [0, 4, 1.0, True])
def test_a_batch_is_from_one_to_all(value):
    with pytest.raises(ValueError, match="batch_size"):
        VectorEnv(ObedientEnv(provider=LocalRuntime(Inline)), 3, batch_size=value)


def test_there_are_at_least_as_many_environments_as_clients():
    clients = [ObedientEnv(provider=LocalRuntime(Inline)) for _ in range(3)]
    with pytest.raises(ValueError, match="divided among 3 clients"):
        VectorEnv(clients, 2)
    with pytest.raises(ValueError, match="divided among 0 clients"):
        VectorEnv([], 2)


@pytest.mark.parametrize("value", ["echo-env", 5, [ObedientEnv], ObedientEnv("http://127.0.0.1:1").sync()], ids=repr)
def test_what_is_no_client_is_refused_with_a_word_on_what_to_pass(value):
    with pytest.raises(TypeError, match=r"made of EnvClients.*AutoEnv.from_env\(NAME, num_envs=N\).*async_client"):
        VectorEnv(value, 2)


@pytest.mark.parametrize("argument", [{"batch_size": 2}, {"autoreset_mode": "SAME_STEP"}])
def test_what_is_for_a_vector_needs_a_number_of_environments(argument):
    with pytest.raises(TypeError, match="say num_envs"):
        AutoEnv.from_env("echo-env", **argument)
    with pytest.raises(TypeError, match="say num_envs"):
        AutoEnv.from_env("echo-env", ["http://127.0.0.1:1", "http://127.0.0.1:2"])


def test_by_name_modes_and_sizes_are_passed_on():
    with AutoEnv.from_env("echo-env", num_envs=3, batch_size=2, autoreset_mode="DISABLED") as envs:
        assert (envs.num_envs, envs.batch_size, envs.autoreset_mode.name) == (3, 2, "DISABLED")
        assert (envs.async_vector.num_envs, envs.sync() is envs) == (3, True)


class Shifted(ObedientEnv):
    """Its author overrides what the reference's clients do."""

    def _step_payload(self, action: Do) -> dict:
        return {"what": action.what}

    def _parse_result(self, payload: dict) -> StepResult[Seen]:
        fields = payload["observation"]
        seen = Seen(number=fields["number"] + 1000, numbers=np.array(fields["numbers"], "int32"))
        return StepResult(observation=seen, reward=payload["reward"], done=payload["done"])


@pytest.mark.parametrize("runtime", [LocalRuntime, EmbeddedRuntime])
def test_the_hooks_of_a_client_are_called(runtime):
    with VectorEnv(Shifted(provider=runtime(Inline)), 2) as envs:
        envs.reset(seed=1)
        batch = envs.step(GO[:2])
        assert [result.observation.number for result in batch] == [1002, 1003]


class Placed(Seated):
    """Begins where its option says."""

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> "ManyPlaced":
        return ManyPlaced(num_envs)


class ManyPlaced(Many):
    def reset(self, episodes, *, seeds, options):
        return super().reset(episodes, seeds=[int(options["place"].sum())] * len(episodes), options={})


def test_options_of_an_engine_may_be_arrays():
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(Placed)), 3) as envs:
        assert envs.reset(place=np.array([2, 3])).observations["number"].tolist() == [5, 5, 5]


ACTIONS = st.sampled_from(
    [Do(), Do(), Do(what="raise"), Do(what="truncate"), Do(what="truncate, done"), Do(what="tell")]
)
ROUNDS = st.lists(st.lists(ACTIONS, min_size=3, max_size=3), max_size=8)


@each_for_itself  # what one object raises, it raises for all
async def test_rounds_of_any_actions_are_those_of_single_sessions(place):
    async with place.vector(3, autoreset_mode="DISABLED") as envs:
        singles = [ObedientEnv(provider=LocalRuntime(Inline)).sync() for _ in range(3)]
        await envs.reset(seed=0)

        @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(rounds=ROUNDS)
        def rounds_agree(rounds):
            examples.append(rounds)

        examples: list = []
        rounds_agree()
        for rounds in examples[-10:]:
            await play(envs, singles, rounds)
        for single in singles:
            single.close()


async def play(envs, singles, rounds) -> None:
    batch = await envs.reset(seed=3, length=5)
    told = [single.reset(seed=3 + number, length=5) for number, single in enumerate(singles)]
    assert_same(batch, told)
    for actions in rounds:
        asked = [number for number, one in enumerate(told) if not (one.done or one.truncated)]
        if not asked:
            return
        if len(asked) < 3:
            batch = await envs.reset(env_ids=[number for number in range(3) if number not in asked], seed=9, length=5)
            for number in batch.env_ids.tolist():
                told[number] = singles[number].reset(seed=9 + number, length=5)
            assert_same(batch, [told[number] for number in batch.env_ids])
        batch = await envs.step(actions)
        for number, action in enumerate(actions):
            if action.what == "raise":
                with pytest.raises(type(batch.errors[number])):
                    singles[number].step(action)
            else:
                told[number] = singles[number].step(action)
                assert_same_result(batch[number], told[number])


def assert_same(batch, told) -> None:
    for one, other in zip(batch, told, strict=True):
        assert_same_result(one, other)


def assert_same_result(one: StepResult[Seen], other: StepResult[Seen]) -> None:
    assert np.array_equal(one.observation.numbers, other.observation.numbers)
    assert one.observation.numbers.dtype == other.observation.numbers.dtype
    assert (one.observation.number, one.observation.word) == (other.observation.number, other.observation.word)
    assert (one.reward, one.done, one.truncated, one.terminated) == (
        other.reward,
        other.done,
        other.truncated,
        other.terminated,
    )
