"""Whatever comes over its socket pair, a session worker answers each message, or ends with the stream."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openenv.processes.forked import ForkedProcess
from openenv.processes.framing import LENGTH, MessageSocket, framed
from openenv.processes.worker import launch_worker
from openenv.wire import v2
from openenv.wire.frames import Close, GetState, Open, Opened, Reply, StateReply
from tests.behaviour.colours import BOUND_S
from tests.fuzz.messages import BROKEN, ENCODED, V2_MESSAGES
from tests.fuzz.test_servers import FEW, MANY, address_of
from tests.fuzz.workshop import Workshop


@contextmanager
def worker() -> Iterator[tuple[MessageSocket, ForkedProcess]]:
    sock, process = launch_worker(Workshop)
    messages = MessageSocket(sock)
    yield messages, process
    messages.close()
    assert process.wait(BOUND_S) is not None
    process.release()


def ask(messages: MessageSocket, message: bytes) -> Reply:
    messages.send(message, BOUND_S)
    reply = messages.receive(BOUND_S)
    assert reply is not None
    return v2.decode_reply(reply)


@pytest.mark.parametrize("examples", [FEW, MANY])
def test_each_message_has_one_answer(examples: int):
    with worker() as (messages, _):

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(sent=V2_MESSAGES)
        def run(sent: list[bytes | str]) -> None:
            ask(messages, v2.encode(Open(1, 1)))
            for message in (one for one in sent if isinstance(one, bytes)):
                if (address := address_of(message)) is not None:
                    reply = ask(messages, message)
                    assert (reply.channel, reply.id) == address
            assert isinstance(ask(messages, v2.encode(Open(9, 1))), Opened)
            assert isinstance(ask(messages, v2.encode(GetState(9, 77))), StateReply)
            for channel in (1, 2, 3, 9):
                ask(messages, v2.encode(Close(channel, 1)))

        run()


STREAMS = st.lists(
    (ENCODED | BROKEN).map(framed) | st.binary(max_size=30) | st.integers(0, 2**32 - 1).map(LENGTH.pack),
    max_size=5,
).map(b"".join)


@settings(max_examples=FEW, deadline=None, suppress_health_check=list(HealthCheck))
@given(stream=STREAMS)
def test_a_stream_that_breaks_off_anywhere_ends_the_worker(stream: bytes):
    sock, process = launch_worker(Workshop)
    with sock:
        sock.sendall(stream)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(2**16):
            pass
        assert process.wait(BOUND_S) is not None
    process.release()
