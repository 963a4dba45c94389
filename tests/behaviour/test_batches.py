"""A batch is the same requests one by one: the same answers, each carried out once, whichever session fails."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openenv.processes.framing import MessageSocket
from openenv.processes.worker import launch_worker
from openenv.wire import v2
from openenv.wire.batches import apart
from openenv.wire.frames import Batch, Failure, GetState, Open, Reply, Request, Reset, Result, StateReply, Step
from tests.behaviour.colours import BOUND_S
from tests.behaviour.environments import Walk
from tests.behaviour.raw import Peer

SESSIONS = 3
Ask = Callable[[Request], Reply]

CALLS = st.one_of(
    st.builds(lambda by: (Step, {"by": by}), st.integers(-3, 3)),
    st.just((Step, {"by": "far"})),
    st.builds(lambda limit: (Reset, {"limit": limit}), st.integers(1, 5)),
)


@pytest.fixture(params=["inline", "thread", "process", "worker"])
def ask(request, served) -> Iterator[Ask]:
    """Asks a new connection to a server, or a session worker, and gives the reply."""
    with contextlib.ExitStack() as ending:
        if request.param == "worker":
            sock, child = launch_worker(Walk)
            messages = MessageSocket(sock)
            ending.callback(lambda: child.wait(BOUND_S))
            ending.callback(messages.close)
            yield lambda asked: worker_answers(messages, asked)
        else:
            peer = Peer(f"{served.url}/{request.param}/Walk")
            ending.callback(peer.close)
            yield peer.ask


def worker_answers(messages: MessageSocket, asked: Request) -> Reply:
    messages.send(v2.encode(asked))
    message = messages.receive(BOUND_S)
    assert message is not None
    return v2.decode_reply(message)


class Sessions:
    """As many sessions on channels of their own, whose ids count up."""

    def __init__(self, ask: Ask, *, first: int) -> None:
        self._ask = ask
        self._channels = range(first, first + SESSIONS)
        self._ids = dict.fromkeys(self._channels, 1)
        for channel in self._channels:
            ask(Open(channel, 1))

    def request(self, place: int, call: tuple) -> Request:
        channel = self._channels[place]
        self._ids[channel] += 1
        kind, fields = call
        return kind(channel, self._ids[channel], fields, None, self._ids[channel] - 1)

    def one_by_one(self, calls: list[tuple]) -> list[tuple]:
        return [told(self._ask(self.request(place, call))) for place, call in enumerate(calls)]

    def at_once(self, calls: list[tuple], *, times: int = 1) -> list[tuple]:
        batch = Batch(0, 1, [self.request(place, call) for place, call in enumerate(calls)])
        answers = [[told(reply) for reply in apart(batch, self._ask(batch))] for _ in range(times)]
        assert all(answer == answers[0] for answer in answers)
        return answers[0]

    def steps(self) -> list[int]:
        states = [self._ask(GetState(channel, self._ids[channel] + 1)) for channel in self._channels]
        return [state.state["step_count"] for state in states if isinstance(state, StateReply)]


def told(reply: Reply) -> tuple:
    """What a reply says, without its address."""
    if isinstance(reply, Failure):
        return reply.code, reply.message
    assert isinstance(reply, Result), reply
    return reply.observation, reply.reward, reply.done, reply.truncated


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(CALLS, min_size=SESSIONS, max_size=SESSIONS), max_size=4))
def test_a_batch_gives_the_same_answers_as_its_requests_one_by_one(ask, rounds):
    first = NEXT.pop()
    NEXT.append(first + 2 * SESSIONS)
    singly, together = Sessions(ask, first=first), Sessions(ask, first=first + SESSIONS)
    for calls in rounds:
        assert singly.one_by_one(calls) == together.at_once(calls)


NEXT = [1]
"""The first channel that no example has used."""


@pytest.mark.parametrize("ask", ["inline", "thread", "process"], indirect=True)
def test_a_batch_that_is_repeated_is_carried_out_once(ask):
    sessions = Sessions(ask, first=1)
    sessions.at_once([(Reset, {})] * SESSIONS)
    answers = sessions.at_once([(Step, {"by": 1}), (Step, {"by": "far"}), (Step, {"by": 2})], times=3)
    assert [answer[0] for answer in answers[::2]] == [{"metadata": {}, "position": 1}, {"metadata": {}, "position": 2}]
    assert answers[1][0] == "VALIDATION_ERROR"
    assert sessions.steps() == [1, 0, 1]
