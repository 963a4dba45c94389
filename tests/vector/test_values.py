"""Values are sent, whether there is a wire or not: what arrives is the same, and belongs to who has received it."""

import datetime
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from openenv import Action, EnvClient, Environment, Observation, State, Transitions, VectorEnv, VectorEnvironment
from openenv.client.local import LocalRuntime
from openenv.runtimes.embedded import EmbeddedRuntime

RUNTIMES = (LocalRuntime, EmbeddedRuntime)
ODD: dict[str, Any] = {
    "tuple": (1, (2, [3])),
    "set": {1},
    "path": pathlib.PurePosixPath("/a/b"),
    "time": datetime.datetime(2020, 1, 2, 3, 4),
    "scalar": np.float32(0.5),
    "count": np.int64(3),
    "bytes": bytearray(b"ab"),
    "large": 2**64 - 1,
    "keys": {1: [2], (3, 4): 5},
    "array": np.arange(4)[::2],
    "turned": np.arange(6, dtype=">u2").reshape(2, 3).T,
    "words": np.array(["a", "bc"]),
    "arrays": [np.zeros(2), {"deep": np.ones((1, 2), bool)}],
    "too large": 2**64,
    "object": object(),
    "objects": np.array([None, {}]),
    "surrogate": "\ud800",
}


class Give(Action):
    """``keep`` the value, tell what is ``kept``, ``show`` what the environment goes on to change, or an odd value."""

    what: str = "show"
    value: Any = None


class Got(Observation):
    """Anything."""

    value: Any = None
    counts: Any = None


class Keeper(Environment[Give, Got, State]):
    """Uses its list and its array again for everything that it shows, and keeps what it is given as it is."""

    SUPPORTS_CONCURRENT_SESSIONS = True
    SESSION_HOST = "inline"

    def __init__(self) -> None:
        super().__init__()
        self._list: list[int] = []
        self._counts = np.zeros(3, np.int64)
        self._kept: Any = None

    def reset(self, **options: Any) -> Got:
        return Got(value=self._list, counts=self._counts)

    def step(self, action: Give, **options: Any) -> Got:
        match action.what:
            case "show":
                self._list.append(len(self._list))
                self._counts += 1
                return Got(value=self._list, counts=self._counts)
            case "keep":
                self._kept = action.value
                return Got()
            case "kept":
                return Got(value=plain(self._kept))
            case name:
                return Got(value=ODD[name], metadata={"value": ODD[name]})

    @property
    def state(self) -> State:
        return State()


class SeatedKeeper(Keeper):
    """Plays many episodes itself."""

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> "Keepers":
        return Keepers(num_envs)


class Keepers(VectorEnvironment[Give, Got]):
    """As many, whose counts are one array."""

    def __init__(self, num_envs: int) -> None:
        self._each = [Keeper() for _ in range(num_envs)]
        self._counts = np.zeros((num_envs, 3), np.int64)

    def reset(
        self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]
    ) -> Sequence[Got]:
        return [self._each[episode].reset(**options) for episode in episodes]

    def step(self, episodes: Sequence[int], actions: Sequence[Give]) -> Transitions:
        seen = [self._each[episode].step(action) for episode, action in zip(episodes, actions, strict=True)]
        counts: Any = [one.counts for one in seen]
        if all(one is not None for one in counts) and len(counts) == len(self._counts):
            self._counts[:] = counts
            counts = self._counts
        values = [one.value for one in seen]
        return Transitions({"value": values, "counts": counts}, [None] * len(seen), [False] * len(seen),
                           [False] * len(seen), [one.metadata for one in seen])  # fmt: skip


class KeeperEnv(EnvClient[Give, Got, State]): ...


def plain(value: Any) -> Any:
    """What can be compared, with what can be seen of an array."""
    if isinstance(value, np.ndarray):
        return [value.dtype.str, list(value.shape), value.ravel().tolist(), bool(value.flags.writeable)]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else [type(value).__name__, repr(value)]


kinds = pytest.mark.parametrize("environment", [Keeper, SeatedKeeper])
everywhere = pytest.mark.parametrize("runtime", RUNTIMES)


@pytest.fixture
def new_vector():
    vectors: list[Any] = []

    def make(environment: type[Keeper], runtime: Any, *, num_envs: int = 2) -> Any:
        vectors.append(VectorEnv(KeeperEnv(provider=runtime(environment)), num_envs).sync())
        vectors[-1].reset()
        return vectors[-1]

    yield make
    for vector in vectors:
        vector.close()


@pytest.mark.parametrize("num_envs", [1, 2])
@kinds
@everywhere
def test_what_was_seen_stays_when_the_environment_goes_on(new_vector, environment, runtime, num_envs):
    envs = new_vector(environment, runtime, num_envs=num_envs)
    batches = [envs.step([Give()] * num_envs) for _ in range(3)]
    for number, batch in enumerate(batches, start=1):
        assert batch.observations["value"] == [[*range(number)]] * num_envs
        assert batch.observations["counts"].tolist() == [[number] * 3] * num_envs
        assert [result.observation.value for result in batch] == [[*range(number)]] * num_envs
        assert [result.observation.counts.tolist() for result in batch] == [[number] * 3] * num_envs


@kinds
@everywhere
def test_what_is_changed_by_the_client_is_not_changed_in_the_environment(new_vector, environment, runtime):
    envs = new_vector(environment, runtime)
    batch = envs.step([Give()] * 2)
    with pytest.raises(ValueError, match="read-only"):
        batch.observations["counts"][:] = 100
    batch.observations["value"][0].append(100)
    batch[1].observation.value.append(100)
    after = envs.step([Give()] * 2)
    assert after.observations["value"] == [[0, 1]] * 2
    assert after.observations["counts"].tolist() == [[2] * 3] * 2


@kinds
@everywhere
def test_an_action_is_what_it_was_when_it_was_sent(new_vector, environment, runtime):
    envs = new_vector(environment, runtime)
    array, numbers = np.arange(3), [1]
    envs.send([Give(what="keep", value=array), Give(what="keep", value={"deep": numbers})])
    array[:] = 7
    numbers.append(7)
    envs.recv()
    array[:] = 8
    kept = envs.step([Give(what="kept")] * 2).observations["value"]
    assert kept[0][1:] == [[3], [0, 1, 2], False]
    assert kept[1] == {"deep": [["int", "1"]]}


@kinds
@pytest.mark.parametrize("name", ODD)
def test_an_answer_is_the_same_with_and_without_a_wire(new_vector, environment, name):
    here, there = (new_vector(environment, runtime) for runtime in RUNTIMES)
    batches = [envs.step([Give(what=name), Give(what="kept")]) for envs in (here, there)]
    for look in (
        lambda batch: plain([*batch.observations["value"]]),
        lambda batch: [plain(result.observation.value) for result in batch],
        lambda batch: [plain(result.metadata) for result in batch],
        lambda batch: {env_id: (type(error), str(error)) for env_id, error in batch.errors.items()},
        lambda batch: sorted(batch.infos),
    ):
        assert look(batches[0]) == look(batches[1])
    assert plain(here.step([Give()] * 2).observations) == plain(there.step([Give()] * 2).observations)


@kinds
@pytest.mark.parametrize("name", ODD)
def test_an_action_is_the_same_with_and_without_a_wire(new_vector, environment, name):
    kept = [told_or_raised(new_vector(environment, runtime), ODD[name]) for runtime in RUNTIMES]
    assert kept[0] == kept[1]


def told_or_raised(envs: Any, value: Any) -> Any:
    """What the environment has of an action, or why there is none."""
    try:
        envs.step([Give(what="keep", value=value), Give()])
    except (TypeError, ValueError, OverflowError) as error:
        return type(error), str(error), plain(envs.step([Give()] * 2).observations)
    return plain(envs.step([Give(what="kept")] * 2).observations["value"])
