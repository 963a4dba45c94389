"""``Environment``: the one class that an author writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

from openenv.contract.models import EnvironmentMetadata
from openenv.contract.randomness import reseed_generators
from openenv.contract.transforms import Transform
from openenv.contract.vector_environment import VectorEnvironment
from openenv.errors import UnsupportedOperation

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741
S = TypeVar("S")


class Environment(ABC, Generic[A, O, S]):
    """A stateful world with episodes; ``class MyEnvironment(Environment[MyAction, MyObservation, MyState])``.

    The server makes one instance per session, calls it from one thread at a time, and reads the three model types off
    the generic base. ``reset`` and ``step`` receive only the arguments that their signatures take. What the agent did
    wrong belongs into the observation; what is raised here reaches the client as ``ExecutionError``.

    An environment that overrides ``reset_async`` or ``step_async`` has these called instead, on an event loop of its
    own that keeps running between calls; ``reset`` and ``step`` still have to be there.
    """

    SUPPORTS_CONCURRENT_SESSIONS: ClassVar[bool] = False
    """Several instances may live in one process, each in a thread of its own. Otherwise each gets a process."""

    REQUIRES_SINGLE_THREAD_EXECUTOR: ClassVar[bool] = False
    """Its libraries are bound to one thread and to one instance per process: each gets a process."""

    SESSION_HOST: ClassVar[Literal["inline", "thread", "process"] | None] = None
    """Where a session runs behind a server, said outright: ``inline``, on the server's event loop, is for environments
    whose calls take microseconds. None leaves it to the two flags above.

    With ``thread``, an environment that overrides ``fork`` is forked by that alone, and its branches live in its
    process wherever it runs: for what belongs to a process and is not copied with it."""

    SUPPORTS_FORK: ClassVar[bool] = True
    """A copy of the process is a copy of the environment. False where it would share with the original what lies
    outside of the process, such as a browser, and ``fork`` is not overridden."""

    SNAPSHOT_VERSION: ClassVar[int] = 1
    """Of the form of what ``snapshot`` returns; ``restore`` gets none of another version."""

    def __init__(self, transform: Transform[O] | None = None, rubric: Any = None) -> None:
        self.transform = transform
        self.rubric = rubric

    @abstractmethod
    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> O:
        """Start an episode and return what the agent sees first. The same ``seed`` gives the same episode."""

    @abstractmethod
    def step(self, action: A, timeout_s: float | None = None, **options: Any) -> O:
        """Take one action. ``timeout_s`` is the time in seconds that the caller grants it."""

    @property
    @abstractmethod
    def state(self) -> S:
        """Where the episode is."""

    async def reset_async(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> O:
        """``reset`` for environments that await."""
        return self.reset(seed=seed, episode_id=episode_id, **options)

    async def step_async(self, action: A, timeout_s: float | None = None, **options: Any) -> O:
        """``step`` for environments that await."""
        return self.step(action, timeout_s=timeout_s, **options)

    def close(self) -> None:
        """Release what the environment holds. It is called once, also when ``reset`` never was."""

    def fork(self) -> Self:
        """Another environment that goes on from this one's state and shares nothing with it. This one stays as it is.

        A session in a process of its own is forked with that process; overriding this is for sessions on threads and
        on the event loop, and for what lies outside of the process. There it is called in the copy of the process,
        while the original waits, and what it is called on is not used there any more.
        """
        raise UnsupportedOperation(f"{type(self).__name__} does not override fork")

    def fork_many(self, count: int) -> list[Self]:
        """So many of what ``fork`` returns, all or none. For environments that can make several at once more easily
        than one after the other."""
        return [self.fork() for _ in range(count)]

    def snapshot(self) -> bytes:
        """The state of the episode, random numbers to come included, as bytes of this environment's own form."""
        raise UnsupportedOperation(f"{type(self).__name__} does not override snapshot")

    def restore(self, snapshot: bytes) -> None:
        """Go on from what ``snapshot`` of the same class and version has returned, here or in another process."""
        raise UnsupportedOperation(f"{type(self).__name__} does not override restore")

    def reseed(self, seed: int) -> None:
        """Draw other random numbers from now on. ``seed`` is from 0 to 2**32 - 1.

        This default reseeds the generators that are attributes of the environment, Python's and numpy's; those that are
        kept deeper, or in an engine, need an override. Those of the process are reseeded beside it.
        """
        reseed_generators(vars(self).values(), seed)

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> VectorEnvironment[A, O] | None:
        """One object that plays ``num_envs`` episodes as the environment would that is constructed with ``options``;
        None where there is none for these. Clients that ask for many sessions at once get it."""
        return None

    def get_metadata(self) -> EnvironmentMetadata:
        """What ``GET /metadata`` answers."""
        name = type(self).__name__
        return EnvironmentMetadata(name=name, description=f"{name} environment", version="1.0.0")

    def render_web(self, observation: dict[str, Any]) -> str | None:
        """HTML that shows an observation, or None where the environment draws none."""
        return None

    def web_actions(self, observation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Buttons for a page that plays this environment: pairs of a label and an action's fields."""
        return []

    def _apply_transform(self, observation: O) -> O:
        return observation if self.transform is None else self.transform(observation)

    def _apply_rubric(self, action: A, observation: O) -> float:
        """The rubric's reward for this step; 0.0 where the environment has no rubric."""
        return 0.0 if self.rubric is None else self.rubric(action, observation)

    async def _apply_rubric_async(self, action: A, observation: O) -> float:
        reward = self._apply_rubric(action, observation)
        return await reward if hasattr(reward, "__await__") else reward

    def _reset_rubric(self) -> None:
        if self.rubric is not None:
            self.rubric.reset()

    async def _reset_rubric_async(self) -> None:
        done: Any = None if self.rubric is None else self.rubric.reset()
        if hasattr(done, "__await__"):
            await done
