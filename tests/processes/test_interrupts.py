"""Interrupts at random moments: whatever they cut short, messages are sent and read whole."""

import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from openenv.processes.framing import MessageSocket, framed
from openenv.processes.worker import launch_worker
from tests.behaviour.environments import Walk

BOUND_S = 10.0
INTERRUPTS = 400


class Interrupt(KeyboardInterrupt):
    """What the signal's handler raises."""


@pytest.fixture
def interrupted() -> Iterator[Callable[..., None]]:
    """Calls a function again and again until an interrupt comes at a random moment, and once more; many times.

    One that comes in a callback of the collector is ignored by Python: that it came is noted too.
    """
    came = threading.Event()

    def interrupt(number: int, frame: object) -> None:
        came.set()
        raise Interrupt

    def again(function: Callable[[], object], *, times: int = INTERRUPTS) -> None:
        for _ in range(times):
            came.clear()
            with suppress(Interrupt):
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 5e-4))
                while not came.is_set():
                    function()
            function()

    before = signal.signal(signal.SIGALRM, interrupt)
    yield again
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@contextmanager
def peer(work: Callable[[socket.socket, threading.Event], None]) -> Iterator[MessageSocket]:
    """A thread has the other end, until that is closed or the event says that it is enough."""
    ours, theirs = socket.socketpair()
    enough = threading.Event()
    thread = threading.Thread(target=work, args=(theirs, enough))
    with theirs:
        with ours:
            thread.start()
            yield MessageSocket(ours)
            enough.set()
        thread.join(BOUND_S)
        assert not thread.is_alive()


@pytest.mark.timeout(60, method="thread")  # the other method takes the same signal
def test_a_reader_that_is_interrupted_goes_on_at_a_message(interrupted):
    message = bytes(range(40))

    def write(end: socket.socket, enough: threading.Event) -> None:
        pieces = framed(message) * 3
        while not enough.is_set():
            for start in range(0, len(pieces), 7):
                try:
                    end.sendall(pieces[start : start + 7])
                except OSError:
                    return

    with peer(write) as reader:

        def read() -> None:
            assert reader.receive(BOUND_S) == message

        interrupted(read)


@pytest.mark.timeout(60, method="thread")
def test_what_a_writer_was_interrupted_at_arrives_whole_before_the_next_message(interrupted):
    message = bytes(range(256)) * 2000  # more than the socket holds
    wrong: list[bytes] = []

    def read(end: socket.socket, enough: threading.Event) -> None:
        reader = MessageSocket(end)
        while (received := reader.receive(BOUND_S)) is not None:
            if received != message:
                wrong.append(received)

    with peer(read) as writer:
        interrupted(lambda: writer.send(message, BOUND_S))
    assert not wrong


@pytest.mark.timeout(60, method="thread")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a socket that was just made
def test_after_a_launch_that_was_interrupted_others_begin(interrupted):
    def launch() -> None:
        sock, child = launch_worker(Walk)
        sock.close()
        assert child.wait(BOUND_S) is not None

    launch()
    interrupted(launch, times=40)
