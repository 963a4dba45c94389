"""Code that multiplies, or leaves something behind."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from openenv.errors import SessionLost
from openenv.sandbox import Limits, Sandbox

FORK_BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
SHELL_BOMB = "f() { f | f & }; f; sleep 100"
DAEMONS = """
import os, time
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv('/bin/sleep', ['sleep', '4711.{mark}'])
        os._exit(0)
    os.wait()
"""


def processes_with(mark):
    found = []
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            try:
                words = (directory / "cmdline").read_bytes()
            except OSError:
                continue
            if words == f"sleep\0004711.{mark}\0".encode():
                found.append(int(directory.name))
    return found


def processes_of(user):
    return [path.name for path in Path("/proc").iterdir() if path.name.isdigit() and owner_of(path) == user]


def owner_of(path):
    """Of a process that has not ended, be it waited for or not."""
    try:
        has_ended = (path / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return -1 if has_ended else path.stat().st_uid
    except OSError:
        return -1


def until(condition, within_s=10.0):
    """Nobody tells when a process is gone that is not a child of this one."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)


@pytest.fixture
def mark(request):
    return abs(hash(request.node.nodeid)) % 10**9


@pytest.mark.parametrize("bomb", ["code", "shell"])
def test_a_fork_bomb_is_bounded_and_gone_with_the_session(sandbox, bomb):
    with sandbox.session() as other, sandbox.session() as session:
        user = session.isolation.user_id
        before = len(processes_of(user)) if user != os.geteuid() else 0
        result = session.exec(FORK_BOMB, 0.7) if bomb == "code" else session.shell(SHELL_BOMB, 0.7)
        assert result.status in ("timeout", "died")
        assert len(processes_of(user)) <= before + 1100
        assert other.exec("import subprocess; print(subprocess.run(['echo', 'on'], capture_output=True).stdout)").ok
        session.close()
        if user != os.geteuid():
            assert len(processes_of(user)) < before


def test_daemons_are_gone_with_the_session(session, mark):
    assert session.exec(DAEMONS.format(mark=mark)).ok
    until(lambda: len(processes_with(mark)) == 5)
    session.close()
    assert processes_with(mark) == []


def test_daemons_are_gone_with_an_interpreter_that_has_ended(session, mark):
    session.exec(DAEMONS.format(mark=mark))
    assert session.exec("os._exit(1)").status == "died"
    until(lambda: processes_with(mark) == [])


def test_daemons_are_gone_with_a_reset(session, mark):
    session.exec(DAEMONS.format(mark=mark))
    session.reset()
    assert processes_with(mark) == []


def threads_of(user):
    """How many, in processes of that user; one that ends meanwhile has none."""
    count = 0
    for pid in processes_of(user):
        with suppress(OSError):
            count += len(os.listdir(f"/proc/{pid}/task"))
    return count


def test_stray_threads_are_gone_with_the_session(sandbox):
    user = sandbox.isolation.user_id
    if user == os.geteuid():
        pytest.skip("the session's threads are among those of whoever runs the tests, which come and go")
    before = threads_of(user)
    with sandbox.session() as session:
        started = "import threading, time\nfor _ in range(10): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()"
        assert session.exec(started).ok
        assert session.exec("print(threading.active_count())").stdout == "11\n"
        assert threads_of(user) >= before + 11
    until(lambda: threads_of(user) <= before)


def test_too_many_threads_are_an_error(jail):
    with jail.session() as session:
        result = session.exec(
            "import threading, time\nfor _ in range(1000): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
        )
        assert (result.status, "can't start new thread" in result.stderr) == ("error", True)


def test_threads_count_as_processes(session):
    """The kernel refuses the next one, or the keeper ends them all."""
    code = """
import threading, time
threading.stack_size(65536)
for number in range(200):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
time.sleep(1000)
"""
    result = session.exec(code, 20)
    assert ("can't start new thread" in result.stderr, result.alive) == (True, True) or (
        "more than 64 processes and threads" in result.stderr
    )


def test_a_copy_of_the_interpreter_does_not_answer_in_its_place(session):
    result = session.exec("import os\nif os.fork() == 0:\n    x = 'copy'\nelse:\n    os.wait(); x = 'original'")
    assert result.status == "ok"
    assert session.exec("print(x)").stdout == "original\n"


def test_nothing_is_left_of_many_sessions(sandbox):
    """Files, processes, mounts, of twenty for each of both ends: closed, and died."""
    user = sandbox.isolation.user_id

    def held():
        fds, mounts = len(os.listdir("/proc/self/fd")), len(Path("/proc/self/mounts").read_text().splitlines())
        return fds, mounts, len(processes_of(user)) if user != os.geteuid() else 0

    sandbox.session().close()
    before = held()
    for _ in range(20):
        with sandbox.session() as session:
            session.exec("open('file', 'w').write('x' * 1000)")
        died = sandbox.session()
        died.exec("import os; os._exit(1)")
        died.close()
    until(lambda: held() == before)


OWNER = """
import sys, time
from openenv.sandbox import Sandbox
sandbox = Sandbox(level=sys.argv[1])
session = sandbox.session()
print(session.exec(sys.argv[2]).status, sandbox.isolation.user_id, flush=True)
time.sleep(1000)
"""


def test_a_killed_supervisor_takes_its_sandbox_with_it(sandbox, mark):
    level = str(sandbox.isolation.level)
    command = [sys.executable, "-c", OWNER, level, DAEMONS.format(mark=mark)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        try:
            status, user = owner.stdout.readline().split()
            assert status == "ok"
            until(lambda: len(processes_with(mark)) == 5)
        finally:
            owner.kill()
    until(lambda: processes_with(mark) == [])
    if int(user) != os.geteuid():
        until(lambda: processes_of(int(user)) == [])


def test_a_killed_zygote_is_started_again_and_its_sessions_are_lost(sandbox):
    with Sandbox(level=str(sandbox.isolation.level), limits=Limits(processes=32)) as other:
        session = other.session()
        session.exec("x = 1")
        for pid in descendants_with_fds_of(os.getpid(), other):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(SessionLost):
            until(lambda: not session.exec("print(x)", 20).ok)
        with other.session() as again:
            assert again.exec("print(1)").stdout == "1\n"


def descendants_with_fds_of(owner, sandbox):
    """The processes of a sandbox whose user is nobody else's, and that this process has started itself."""
    user = sandbox.isolation.user_id
    children = Path(f"/proc/{owner}/task").glob("*/children")
    started = [int(pid) for file in children for pid in file.read_text().split()]
    found = [pid for pid in started if owner_of(Path(f"/proc/{pid}")) == user and user != os.geteuid()]
    return found or started[-1:]
