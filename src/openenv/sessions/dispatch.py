"""Dispatch: what reset, step, state and close mean for one live environment. Every host runs exactly this."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from pydantic_core import to_jsonable_python

from openenv.contract.adapters import adapter_of
from openenv.contract.plain import copied, own_fields
from openenv.contract.signature import MethodTable, method_table
from openenv.contract.transition import Whole, left_whole, take_apart
from openenv.errors import (
    EnvironmentFactoryError,
    SessionError,
    UnsupportedOperation,
)
from openenv.sessions import branches, snapshots
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.failures import failure_of, let_ctrl_c_pass, text_of
from openenv.sessions.loop_thread import LoopThread
from openenv.sessions.method_calls import MethodCalls
from openenv.sessions.queries import answer_query
from openenv.sessions.tools import answer_tools
from openenv.sessions.vector_calls import VectorCalls
from openenv.wire.frames import (
    OPERATIONS,
    Answer,
    Batch,
    Close,
    Closed,
    Failure,
    Fork,
    GetState,
    Mcp,
    McpReply,
    Query,
    Reply,
    Request,
    Reset,
    Restore,
    Restored,
    Result,
    Saved,
    Snapshot,
    StateReply,
    Step,
)
from openenv.wire.values import to_json

logger = logging.getLogger("openenv.sessions")


class Dispatch:
    """One live environment. It is called by one thread at a time, and every request gets a reply.

    An environment that awaits lives on an event loop of its own (a thread), where its constructor and its ``close``
    run too.
    """

    def __init__(self, factory: EnvironmentFactory, *, seats: int = 1) -> None:
        self._factory = factory
        self.seats = seats
        """How many episodes are wanted of it; when it is made, how many it has."""
        self._vector: VectorCalls | None = None
        self._environment: Any = None
        self._calls: MethodCalls | None = None
        self._loop: LoopThread | None = None

    @property
    def name(self) -> str:
        """What messages call the environment."""
        return self._factory.name

    @property
    def awaits(self) -> bool:
        """The environment lives on an event loop of its own, and calling it waits for that."""
        return self._loop is not None

    def create(self) -> None:
        """Make the environment. EnvironmentFactoryError says why it could not be made."""
        try:
            self._action = adapter_of(self._factory.types().action)
            declared = self._factory.environment_class
            if declared is not None and method_table(declared).awaits:
                self._loop = LoopThread(declared.__name__)
            if not self._create_vector():
                self.seats = 1
                self._adopt(self._run(self._factory.make))
        except BaseException as error:
            self.close()
            let_ctrl_c_pass(error)
            logger.exception("environment %s could not be created", self._factory.name)
            cause = f"{type(error).__name__}: {text_of(error)}"
            raise EnvironmentFactoryError(
                self._factory.name, f"{self._factory.name} could not be created: {cause}"
            ) from error

    def fork(self, request: Fork) -> list[Dispatch] | Failure:
        """Branches in this process, or why there are none."""
        made: list[Dispatch] = []
        try:
            for branch in self._instances(request.count):
                made.append(branch)
                if request.reseed:
                    branch.reseed(whole_process=False)
        except BaseException as error:
            for branch in made:
                branch.close()
            return self.failed(request, error)
        return made

    @property
    def branches_on_threads(self) -> bool:
        """Its branches live in its own process: it says that it shares one, and how it is forked."""
        environment, methods = self._living()
        return methods.forks and getattr(environment, "SESSION_HOST", None) == "thread"

    def check_process_fork(self) -> None:
        """UnsupportedOperation when a copy of this process would not be a copy of the environment."""
        environment, methods = self._living()
        branches.check_process(environment, methods)

    def become_branch(self, *, reseed: bool) -> None:
        """In a copy of the process: this is the branch's environment from now on."""
        environment, methods = self._living()
        if methods.forks:
            self._original = environment  # whose end would be the end of what the original session still uses
            self._adopt(self._run(branches.fork, environment, whole_process=True))
        if reseed:
            self.reseed(whole_process=True)

    def reseed(self, *, whole_process: bool) -> None:
        """Random numbers of its own; in the whole process where it is this environment's alone."""
        self._run(branches.reseed, self._environment, whole_process=whole_process)

    def handle(self, request: Request) -> Reply:
        """The reply to one request. What the environment raises is logged with its traceback and answered."""
        try:
            if self._environment is None:
                raise SessionError("the session is closed")
            if self._vector is not None:
                return self._answer_seats(self._vector, request)
            return _HANDLERS[type(request)](self, request)
        except BaseException as error:
            return self.failed(request, error)

    def step_here(self, action: dict[str, Any]) -> Whole | Reply:
        """As ``handle``, for a client of this process: the action is neither changed nor kept, and an observation that
        is plain is not taken apart."""
        calls = self._calls
        if calls is None:
            return self.handle(Step(0, 0, action))
        try:
            if own_fields(self._action.model) is None:  # who makes the model of it may be the author's own code
                action = copied(action)
            observation = calls.step(self._action.validate(action))
            return left_whole(observation) or Result(0, 0, *take_apart(observation, source=calls.step_name))
        except BaseException as error:
            return self.failed(Step(0, 0, action), error)

    def failed(self, request: Request, error: BaseException) -> Failure:
        """The reply to a request that has raised. What is no error of ours is the environment's own, and logged."""
        return failure_of(error, request, name=self._factory.name)

    def close(self) -> Any:
        """Close the environment, once. What its ``close`` raises is logged: the session has ended all the same.

        It is returned, so that a caller may answer before it drops a large one.
        """
        environment, self._environment, self._calls = self._environment, None, None
        self._vector = None
        try:
            if environment is not None and hasattr(environment, "close"):
                self._run(environment.close)
        except BaseException as error:
            let_ctrl_c_pass(error)
            logger.exception("%s.close raised", self._factory.name)
        finally:
            loop, self._loop = self._loop, None
            if loop is not None:
                loop.stop()
        return environment

    def _run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) if self._loop is None else self._loop.run(function, *args, **kwargs)

    def _create_vector(self) -> bool:
        """Whether the environment has one object for all seats."""
        environment = self._factory.vectorise(self.seats) if self.seats > 1 else None
        if environment is not None:
            self._environment = environment
            self._vector = VectorCalls(environment, seats=self.seats, action=self._action)
        return environment is not None

    def _answer_seats(self, vector: VectorCalls, request: Request) -> Reply:
        if isinstance(request, Batch):
            return vector.answer(request, self.failed)
        if isinstance(request, Close):
            return self._close(request)
        raise UnsupportedOperation(f"a session with seats has no {OPERATIONS[type(request)]}, only batches")

    def _adopt(self, environment: Any) -> None:
        self._environment = environment
        methods = method_table(type(environment))
        if methods.awaits and self._loop is None:
            self._loop = LoopThread(type(environment).__name__)
        self._calls = MethodCalls.of(environment, methods, self._loop)

    def _living(self) -> tuple[Any, MethodTable]:
        if self._vector is not None:
            raise UnsupportedOperation("a session with seats cannot be forked")
        if self._calls is None:
            raise SessionError("the session is closed")
        return self._environment, self._calls.methods

    def _instances(self, count: int) -> Iterator[Dispatch]:
        """Branches in this process."""
        environment, methods = self._living()
        branches.check_instance(environment, methods)
        if methods.forks and not methods.awaits:
            for instance in branches.fork_many(environment, count, methods):
                branch = Dispatch(self._factory)
                branch._action = self._action
                branch._adopt(instance)
                yield branch
            return
        for _ in range(count):
            branch = Dispatch(self._factory)
            snapshot = self._run(snapshots.take, environment)
            branch.create()
            branch._run(snapshots.restore, branch._environment, snapshot)
            yield branch

    def _reset(self, request: Reset) -> Reply:
        calls = self._calls
        assert calls is not None
        arguments = calls.methods.reset_parameters.select(request.options)
        observation = calls.reset(**arguments)
        return Result(request.channel, request.id, *take_apart(observation, source=calls.reset_name))

    def _step(self, request: Step) -> Reply:
        calls = self._calls
        assert calls is not None
        action = self._action.validate(request.action)
        if request.timeout_s is None:
            observation = calls.step(action)
        else:
            granted = calls.methods.step_parameters.select({"timeout_s": request.timeout_s})
            observation = calls.step(action, **granted)
        return Result(request.channel, request.id, *take_apart(observation, source=calls.step_name))

    def _state(self, request: GetState) -> Reply:
        return StateReply(request.channel, request.id, self._run(self._read_state))

    def _close(self, request: Close) -> Reply:
        self.close()
        return Closed(request.channel, request.id)

    def _mcp(self, request: Mcp) -> Reply:
        return McpReply(request.channel, request.id, answer_tools(request.message))

    def _query(self, request: Query) -> Reply:
        value = self._run(answer_query, self._environment, request.name, request.arguments)
        return Answer(request.channel, request.id, to_jsonable_python(value, fallback=to_json))

    def _snapshot(self, request: Snapshot) -> Reply:
        return Saved(request.channel, request.id, self._run(snapshots.take, self._environment))

    def _restore(self, request: Restore) -> Reply:
        self._run(snapshots.restore, self._environment, request.snapshot)
        return Restored(request.channel, request.id)

    def _read_state(self) -> dict[str, Any]:
        state = self._environment.state
        state = state() if callable(state) else state
        return adapter_of(type(state)).dump(state)


_HANDLERS: dict[type[Any], Callable[[Dispatch, Any], Reply]] = {
    Step: Dispatch._step,
    Reset: Dispatch._reset,
    GetState: Dispatch._state,
    Mcp: Dispatch._mcp,
    Query: Dispatch._query,
    Snapshot: Dispatch._snapshot,
    Restore: Dispatch._restore,
    Close: Dispatch._close,
}
