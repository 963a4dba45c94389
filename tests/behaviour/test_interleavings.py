"""Every request has one answer and is carried out once: arbitrary interleavings of all that befalls connections."""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from openenv.errors import ConnectionFailed, DeadlineExceeded
from tests.behaviour.accounts import Book
from tests.behaviour.interrupts import abandon, interruptible
from tests.behaviour.ledger import Entry, LedgerEnv
from tests.behaviour.pipes import Pipes
from tests.behaviour.places import Place, Way, over
from tests.behaviour.proxy import Held, Proxy
from tests.behaviour.servers import Server

SHORT_S, LONG_S = 0.3, 30.0
WAYS = st.sampled_from(["up", "down"])
BREAKS = st.sampled_from(["cut", "reset", "leave", "close up", "close down"])


def where(condition: Callable[["Interleavings"], Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A rule that is a plain step where the condition does not hold. It is no precondition: what holds depends on the
    moment, and what is drawn must not."""

    def decorate(apply: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(apply)
        def apply_or_step(self: "Interleavings", **drawn: Any) -> None:
            if condition(self):
                apply(self, **drawn)
            else:
                self.step()

        return apply_or_step

    return decorate


class Interleavings(RuleBasedStateMachine):
    """One client, a proxy that does everything to its connections, and a ledger that counts."""

    def __init__(self, place: Place, servers: list[Server], folder: Path, *, patience_s: float) -> None:
        super().__init__()
        self.place = place
        self.ports = [server.port for server in servers]
        self.folder = folder
        self.gives_up = patience_s == SHORT_S
        self.resumes = place.way.wire == "v2"
        self.proxy = Proxy(self.ports[0])
        wire = "auto" if self.resumes else "v1"
        url = f"{self.proxy.url}/{place.way.host}/Ledger"
        client = LedgerEnv(url, wire=wire, message_timeout_s=patience_s, reconnect_timeout_s=10.0)
        self.env = place.colour.face(client)
        self.book: Book | None = None
        self.home = 0
        self.broken = False
        self.late: list[Held] = []
        self.holds = 0

    @property
    def may_break(self) -> bool:
        """Within one of the next messages."""
        return self.proxy.orders.cut_up is not None or self.proxy.orders.cut_down is not None

    @property
    def is_gone(self) -> bool:
        """There is no session, or none that the client could come back to."""
        return self.book is None or self.proxy.port != self.home or (self.broken and not self.resumes)

    @property
    def is_whole(self) -> bool:
        return not (self.is_gone or self.broken or self.may_break)

    @initialize()
    def begin(self) -> None:
        self.reset()

    @rule()
    def reset(self) -> None:
        self.place.colour.run(self._reset())

    @rule()
    def step(self) -> None:
        self.place.colour.run(self._step())

    @rule()
    def state(self) -> None:
        self.place.colour.run(self._state())

    @rule(how=BREAKS)
    def break_between_calls(self, how: str) -> None:
        self._break(how)

    @rule(way=WAYS, after=st.integers(0, 700))
    @where(lambda self: self.is_whole)
    def break_within_a_message(self, way: str, after: int) -> None:
        setattr(self.proxy.orders, f"cut_{way}", after)

    @rule()
    @where(lambda self: self.book and self.resumes)
    def refuse_for_a_while(self) -> None:
        self.proxy.refuse()
        self.broken = True
        self.place.colour.run(self._step(meanwhile=self.proxy.admit))

    @rule(way=WAYS, how=st.sampled_from(["release", "cut", "leave"]))
    @where(lambda self: self.is_whole)
    def delay_a_message(self, way: str, how: str) -> None:
        held = self._hold(way)

        def meanwhile() -> None:
            held.wait_for_bytes()
            self._resolve(held, how)

        self.place.colour.run(self._step(meanwhile=meanwhile))

    @rule(how=BREAKS)
    @where(lambda self: not self.is_gone and (self.resumes or self.is_whole))
    def break_within_a_step(self, how: str) -> None:
        with self._pipes() as pipes:

            def meanwhile() -> None:
                pipes.wait_for_step()
                self._break(how)
                pipes.let_go()

            self.place.colour.run(self._step(pipes.path, meanwhile=meanwhile))

    @rule(way=WAYS, how=st.sampled_from(["release", "cut", "leave"]))
    @where(lambda self: self.is_whole)
    def give_up_a_message(self, way: str, how: str) -> None:
        held = self._hold(way)
        self.place.colour.run(self._give_up(when=held.wait_for_bytes))
        self._resolve(held, how)

    @rule(how=st.sampled_from(["go on", "cut", "leave"]))
    @where(lambda self: self.is_whole)
    def give_up_a_step(self, how: str) -> None:
        with self._pipes() as pipes:
            self.place.colour.run(self._give_up(pipes.path, when=pipes.wait_for_step))
            if how != "go on":
                self._break(how)

    @rule(how=st.sampled_from(["cut", "reset"]))
    @where(lambda self: self.is_whole and self.resumes and not self.gives_up)
    def give_up_while_coming_back(self, how: str) -> None:
        with self._pipes() as pipes:

            def when() -> None:
                pipes.wait_for_step()
                self.proxy.orders.reset = how == "reset"
                self.broken = True
                self.proxy.refuse()
                self.proxy.wait_for_refusal()

            self.place.colour.run(self._give_up(pipes.path, when=when))
            self.proxy.admit()

    @rule()
    @where(lambda self: self.late)
    def deliver_late(self) -> None:
        self.late.pop().release()

    @rule()
    def restart_the_server(self) -> None:
        self.proxy.port = next(port for port in self.ports if port != self.proxy.port)
        self._break("cut")

    def teardown(self) -> None:
        self.proxy.orders.cut_up = self.proxy.orders.cut_down = None
        for held in self.late:
            held.release()
        try:
            self.place.colour.run(self._end())
        finally:
            self.proxy.close()

    # The calls, and what has to come of them.

    async def _reset(self) -> None:
        opens = self.book is None
        if opens:
            self.book, self.home, self.broken = Book(), self.proxy.port, False
        assert self.book is not None
        mark = self.book.ask()
        with self._losses(may=opens and self.may_break):
            self.book.confirm(mark, (await self.env.reset(mark=mark)).observation)

    async def _step(self, held_by: str = "", *, meanwhile: Callable[[], None] | None = None) -> None:
        mark = self.book.ask() if self.book else 0
        with self._losses():
            call = self.env.step(Entry(mark=mark, held_by=held_by))
            result = await (call if meanwhile is None else self._beside(call, meanwhile))
            assert self.book is not None, "a session that nobody began"
            self.book.confirm(mark, result.observation)

    async def _beside(self, call: Any, meanwhile: Callable[[], None]) -> Any:
        pending = self.place.begin(call)
        await self.place.blocking(meanwhile)
        outcome = await pending.outcome()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def _state(self) -> None:
        with self._losses():
            state = await self.env.state()
            assert self.book is not None, "a session that nobody began"
            self.book.compare(state)

    async def _give_up(self, held_by: str = "", *, when: Callable[[], Any]) -> None:
        assert self.book is not None
        call = self.env.step(Entry(mark=self.book.ask(), held_by=held_by))
        if not self.gives_up:
            await abandon(self.place, call, when=when)
            return
        with pytest.raises(DeadlineExceeded):
            await call
        await self.place.blocking(when)

    async def _end(self) -> None:
        try:
            await self._state()
        finally:
            await self.env.close()

    @contextlib.contextmanager
    def _losses(self, *, may: bool = False) -> Iterator[None]:
        """A session is lost with its server, on v1 also with its connection, and for no other reason."""
        gone = self.is_gone
        may = gone or may or (self.may_break and not self.resumes)
        try:
            yield
        except DeadlineExceeded:
            assert self.gives_up
        except ConnectionFailed:
            if not (may or self.is_gone):
                raise
            self.book = None
        else:
            assert not gone, "a session that is gone was not lost"
            self.broken = self.broken and not self.resumes

    # What is done to the connections.

    def _break(self, how: str) -> None:
        self.broken = True
        self.proxy.orders.reset = how == "reset"
        match how.split():
            case ["close", way]:
                self.proxy.half_close(way)
            case ["leave"]:
                self.proxy.leave()
            case _:
                self.proxy.cut()

    def _hold(self, way: str) -> Held:
        """When nothing is under way any more."""
        self.state()
        return self.proxy.hold(way)

    def _resolve(self, held: Held, how: str) -> None:
        if how != "release":
            self._break(how)
        if how == "leave":
            self.late.append(held)
        else:
            held.release()

    @contextlib.contextmanager
    def _pipes(self) -> Iterator[Pipes]:
        self.holds += 1
        with contextlib.closing(Pipes(self.folder / str(self.holds))) as pipes:
            yield pipes


def check(place: Place, servers: list[Server], folder: Path, *, patience_s: float, examples: int) -> None:
    numbers = itertools.count()

    def machine() -> Interleavings:
        own = folder / str(next(numbers))
        own.mkdir()
        return Interleavings(place, servers, own, patience_s=patience_s)

    with interruptible():
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=15,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


FEW = 5
MANY = pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(900)])
V2 = [Way("thread", "sync"), Way("process", "sync"), Way("process", "async")]
V1 = [Way("process", "sync", "v1"), Way("thread", "async", "v1")]


@over(V2)
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine:pytest.PytestUnraisableExceptionWarning"
)  # cut before it
@pytest.mark.parametrize("examples", [FEW, MANY])
@pytest.mark.parametrize("patience_s", [LONG_S, SHORT_S], ids=["interrupted", "timed out"])
def test_each_request_is_carried_out_once_whatever_happens_to_the_connections(
    place, ledgers, tmp_path, patience_s, examples
):
    check(place, ledgers, tmp_path, patience_s=patience_s, examples=examples)


@over(V1)
@pytest.mark.parametrize("examples", [FEW, MANY])
@pytest.mark.parametrize("patience_s", [LONG_S, SHORT_S], ids=["interrupted", "timed out"])
def test_on_v1_a_session_ends_with_its_connection_and_no_late_reply_answers_anything_else(
    place, ledgers, tmp_path, patience_s, examples
):
    check(place, ledgers, tmp_path, patience_s=patience_s, examples=examples)
