"""What is left when episodes, sessions and processes end: nothing."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from coding_env import CodeAction, CodingEnv
from coding_env.server.coding_environment import CodingEnvironment
from coding_env.tests.processes import descendants_of, eventually, is_gone
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

EPISODES = 20
OF_ONE = 10
"""More than what a session that is ready beforehand holds: at some moments there is one, and at others none. Only where
there are such sessions may as much be left."""
LEVELS = ["auto", "landlock"]
MESS = "import os, subprocess, tempfile\nos.makedirs('a/b'); tempfile.mkdtemp(); subprocess.Popen(['sleep', '1000'])\n"
MESS += "subprocess.Popen(['sleep', '1000'], start_new_session=True)"

OWNER = """
import sys
from coding_env import CodeAction
from openenv import AutoEnv

env = AutoEnv.from_env("coding-env", options={"level": sys.argv[1]})
env.reset()
env.step(CodeAction(code=sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
"""


def held() -> tuple[int, int]:
    """Open descriptors of this process, and processes that it has started."""
    return len(os.listdir("/proc/self/fd")), len(descendants_of(os.getpid()))


@pytest.mark.parametrize("level", LEVELS)
def test_episodes_leave_nothing_behind(level):
    environment = CodingEnvironment(level=level)
    environment.reset()
    environment.close()
    before = held()
    for number in range(EPISODES):
        environment.reset(task_id="merge_intervals" if number % 2 else None)
        environment.step(CodeAction(code=MESS, submit=number % 4 == 1))
        for branch in () if number % 5 else (CodingEnvironment(level=level),):
            branch.reset()
            branch.close()
    environment.close()
    most = 0 if level == "landlock" else OF_ONE - 1
    assert eventually(lambda: all(now - then <= most for now, then in zip(held(), before, strict=True))), (
        held(),
        before,
    )


@pytest.mark.parametrize("level", LEVELS)
def test_a_client_that_closes_leaves_no_process_and_no_directory(level):
    before, directories = set(descendants_of(os.getpid())), set(Path(tempfile.gettempdir()).glob("openenv-sandbox-*"))
    factory = NamedFactory("coding_env.server.coding_environment:CodingEnvironment", {"level": level})
    with CodingEnv(provider=EmbeddedRuntime(factory)).sync() as client:
        client.reset()
        client.step(CodeAction(code="x = 1"))
        client.fork(2)
        client.step(CodeAction(code=MESS))
        started = set(descendants_of(os.getpid())) - before
    zygotes = {pid for pid in started if b"openenv.sessions.zygote" in command_of(pid)}
    assert eventually(lambda: all(map(is_gone, started - zygotes))), [
        command_of(pid) for pid in started if not is_gone(pid)
    ]
    assert set(Path(tempfile.gettempdir()).glob("openenv-sandbox-*")) <= directories


@pytest.mark.parametrize("level", LEVELS)
def test_a_client_that_is_killed_takes_everything_with_it(level):
    command = [sys.executable, "-c", OWNER, level, MESS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        started = descendants_of(owner.pid)
        assert len(started) > 3
        owner.send_signal(signal.SIGKILL)
    assert eventually(lambda: all(map(is_gone, started)))


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
