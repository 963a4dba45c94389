"""What a client of v2 repeats is carried out once and has one answer: arbitrary repetitions on raw connections."""

import contextlib
from collections import deque
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from openenv.errors import DeadlineExceeded, SessionError
from openenv.sessions.replies import WINDOW
from openenv.wire.frames import Cancel, Close, Failure, GetState, Open, Opened, Reply, Request, Result, StateReply, Step
from tests.behaviour.pipes import Pipes
from tests.behaviour.raw import Peer

MOST_UNANSWERED = 40
FOREIGN = 1_000_000
"""Marks from here on are those of another client."""
HOSTS = ["inline", "thread", "process"]


def code_of(reply: Reply) -> str | None:
    return reply.code if isinstance(reply, Failure) else None


class Repetitions(RuleBasedStateMachine):
    """A client that repeats, cancels, comes back and leaves out as it likes. The mark of a step is its id."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.peer = Peer(url)
        self.opened = self.peer.open(Open(1, 1))
        self.highest = 1
        self.acknowledged = 1
        self.sent: dict[int, Request] = {}
        self.unanswered: deque[int] = deque()
        self.answers: dict[int, Reply] = {}
        self.cancelled: set[int] = set()
        self.unsure: set[int] = set()
        """What a broken connection may have kept from the server."""
        self.foreign = FOREIGN

    @precondition(lambda self: len(self.unanswered) < MOST_UNANSWERED)
    @rule(kind=st.sampled_from(["step", "step", "state", "wrong"]), ahead=st.integers(1, 3), acknowledges=st.booleans())
    def ask(self, kind: str, ahead: int, acknowledges: bool) -> None:
        if acknowledges and not self.unanswered:
            self.acknowledged = self.highest
        self.highest += ahead
        id = self.highest
        if kind == "state":
            self._send(GetState(1, id, self.acknowledged))
        else:
            self._send(Step(1, id, {"mark": id if kind == "step" else "?"}, None, self.acknowledged))

    @rule(data=st.data(), times=st.integers(1, 3))
    @precondition(lambda self: self.sent and len(self.unanswered) < MOST_UNANSWERED)
    def repeat(self, data: st.DataObject, times: int) -> None:
        recent = st.integers(0, min(5, len(self.sent) - 1)).map(lambda back: list(self.sent)[-1 - back])
        id = data.draw(recent | st.sampled_from(list(self.sent)))
        for _ in range(times):
            self._send(self.sent[id])

    @rule(back=st.integers(0, 4))
    def cancel(self, back: int) -> None:
        id = max(1, self.highest - back)
        self.cancelled.add(id)
        self.peer.send(Cancel(1, id))

    @rule()
    def break_off_and_come_back(self) -> None:
        self.peer.break_off()
        self.unsure.update(self.unanswered)
        self.unanswered.clear()
        self.peer = Peer(self.url)
        again = self.peer.open(Open(1, 0, self.opened.session_id, self.opened.secret))
        assert (again.session_id, again.secret) == (self.opened.session_id, self.opened.secret)

    @rule(times=st.integers(1, 3))
    def another_client_steps_with_the_same_id(self, times: int) -> None:
        with contextlib.closing(Peer(self.url)) as other:
            other.open(Open(1, 1, self.opened.session_id))
            for _ in range(times):
                self.foreign += 1
                assert isinstance(other.ask(Step(1, 2, {"mark": self.foreign})), Result)

    @rule()
    def collect(self) -> None:
        while self.unanswered:
            self._take(self.unanswered.popleft(), self.peer.receive())
        self.highest += 1
        state = self.peer.ask(GetState(1, self.highest, self.acknowledged))
        assert isinstance(state, StateReply)
        self._check([mark for mark in state.state["marks"] if mark < FOREIGN])
        assert [mark for mark in state.state["marks"] if mark > FOREIGN] == list(range(FOREIGN + 1, self.foreign + 1))

    def teardown(self) -> None:
        try:
            self.collect()
            self.peer.send(Close(1, self.highest + 1))
        finally:
            self.peer.close()

    def _send(self, request: Request) -> None:
        self.sent[request.id] = request
        self.unanswered.append(request.id)
        self.peer.send(request)

    def _take(self, id: int, reply: Reply) -> None:
        assert (reply.channel, reply.id) == (1, id), "not in order"
        known = self.answers.get(id)
        if code_of(reply) == SessionError.code:
            assert id <= max(self.acknowledged, self.highest - WINDOW) or id in self.unsure, reply
            return
        assert code_of(reply) != DeadlineExceeded.code or id in self.cancelled, "nobody has cancelled it"
        assert known in (None, reply), "another answer than before"
        self.answers[id] = reply

    def _check(self, marks: list[int]) -> None:
        """Of all own steps, while none is under way."""
        assert marks == sorted(set(marks)), "carried out twice, or out of order"
        done = {id for id, reply in self.answers.items() if isinstance(reply, Result)}
        assert done <= set(marks), "answered, and not carried out"
        for mark in set(marks) - done:
            assert mark in self.unsure or mark in self.cancelled, "carried out, and not answered so"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("examples", [15, pytest.param(600, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_whatever_is_repeated_is_carried_out_once_and_has_one_answer(ledgers, host, examples):
    run_state_machine_as_test(
        lambda: Repetitions(f"{ledgers[0].url}/{host}/Ledger"),
        settings=settings(
            max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.fixture
def peers(ledgers, request) -> Iterator[list[Peer]]:
    """Three connections to one server."""
    with contextlib.ExitStack() as stack:
        url = f"{ledgers[0].url}/{request.param}/Ledger"
        yield [stack.enter_context(contextlib.closing(Peer(url))) for _ in range(3)]


@pytest.mark.parametrize("peers", HOSTS, indirect=True)
def test_an_attempt_to_come_back_that_is_late_on_its_way_takes_nothing_away(peers):
    first, second, late = peers
    opened = first.open(Open(1, 1))
    assert isinstance(second.ask(Open(1, 2, opened.session_id, opened.secret)), Opened)
    refused = late.ask(Open(1, 1, opened.session_id, opened.secret))
    assert (code_of(refused), refused.id) == (SessionError.code, 1)
    assert isinstance(second.ask(Step(1, 2, {"mark": 2})), Result)
    assert isinstance(late.ask(Open(1, 3, opened.session_id, opened.secret)), Opened)
    late.ask(Close(1, 9))


@pytest.mark.parametrize("peers", ["thread", "process"], indirect=True)
def test_what_was_cancelled_before_it_began_is_not_carried_out_when_it_is_repeated(peers, pipes):
    peer = peers[0]
    peer.open(Open(1, 1))
    peer.send(Step(1, 2, {"mark": 2, "held_by": pipes.path}))
    pipes.wait_for_step()
    for request in (Step(1, 3, {"mark": 3}), Cancel(1, 3), Step(1, 3, {"mark": 3}), GetState(1, 4)):
        peer.send(request)
    pipes.let_go()
    assert isinstance(peer.receive(), Result)
    cancelled, repeated, state = (peer.receive() for _ in range(3))
    assert (code_of(cancelled), cancelled.id) == (DeadlineExceeded.code, 3)
    assert repeated == cancelled
    assert isinstance(state, StateReply)
    assert state.state["marks"] == [2]
    peer.ask(Close(1, 9))


@pytest.mark.parametrize("peers", ["process"], indirect=True)
def test_a_step_that_its_client_acknowledges_without_an_answer_is_interrupted(peers, pipes: Pipes):
    before, after, _ = peers
    opened = before.open(Open(1, 1))
    before.send(Step(1, 2, {"mark": 2, "held_by": pipes.path}))
    pipes.wait_for_step()
    before.break_off()  # and with it what cancels the step
    after.open(Open(1, 1, opened.session_id, opened.secret))
    answer = after.ask(Step(1, 3, {"mark": 3}, None, 2))
    assert isinstance(answer, Result)
    assert answer.observation["marks"] == [2, 3]
    after.ask(Close(1, 9))
