"""Ctrl-C in a terminal: it reaches the whole foreground group, and neither workers nor zygotes belong to that."""

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO

import httpx2
import pytest

from tests.behaviour.colours import BOUND_S
from tests.behaviour.living import Look, LookEnv
from tests.behaviour.pipes import Pipes
from tests.behaviour.remains import eventually, is_gone, parent_of
from tests.behaviour.servers import ROOT

IN_THE_FOREGROUND = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """Where one program runs in the foreground; ``output`` is what it prints."""

    def __init__(self, *arguments: str) -> None:
        self._keyboard, terminal = pty.openpty()
        command = [sys.executable, "-c", IN_THE_FOREGROUND, sys.executable, "-m", *arguments]
        self.program = subprocess.Popen(
            command, stdin=terminal, stdout=subprocess.PIPE, start_new_session=True, cwd=ROOT, text=True
        )
        os.close(terminal)
        assert self.program.stdout is not None
        self.output: IO[str] = self.program.stdout

    def press_ctrl_c(self) -> None:
        os.write(self._keyboard, b"\x03")

    def close(self) -> None:
        self.program.kill()
        self.program.communicate(timeout=BOUND_S)
        os.close(self._keyboard)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    with contextlib.ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(contextlib.closing(Terminal(*arguments)))


def test_ctrl_c_in_a_call_and_between_calls_leaves_the_session_and_its_zygote(terminal, pipes: Pipes):
    opened = terminal("tests.behaviour.programs", "go_on_after_ctrl_c", pipes.path)
    worker = int(opened.output.readline())
    zygote = parent_of(worker)
    for has_begun in (pipes.wait_for_step, lambda: worker):
        assert opened.output.readline() == "waits\n"
        assert has_begun() == worker
        opened.press_ctrl_c()
        assert opened.output.readline() == f"well {worker}\n"
        assert not is_gone(zygote)
    assert opened.program.wait(BOUND_S) == 0


def test_ctrl_c_ends_a_server_and_not_the_step_in_flight(terminal, pipes: Pipes):
    opened = terminal("tests.behaviour.served", "tests.behaviour.unruly:Unruly", "process", "0")
    url = opened.output.readline().strip()
    with LookEnv(url) as env, ThreadPoolExecutor(1) as thread:
        env.reset()
        step = thread.submit(env.step, Look(what="hold", path=pipes.path))
        pipes.wait_for_step()
        opened.press_ctrl_c()
        assert eventually(lambda: not answers(url)), "it was not told to end"
        pipes.let_go("released")
        assert step.result(BOUND_S).observation.text == "released"
        assert opened.program.wait(BOUND_S) == 0


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health").is_success
    except httpx2.TransportError:
        return False
