"""Sessions that are ready before anybody asks, and groups with one limit."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from openenv.errors import RuntimeUnavailable
from openenv.sandbox import AsyncSandbox, Limits, Sandbox
from openenv.sandbox.cgroups import Groups
from tests.sandbox.test_hostile_processes import processes_of, until


@pytest.fixture
def pooled(sandbox):
    """Closed with its test: it makes further sessions in the background, and groups for them."""
    with Sandbox(level=str(sandbox.isolation.level), ready=2) as pooled:
        yield pooled


@pytest.fixture(scope="module")
def groups():
    try:
        return Groups.found(64 << 20)
    except RuntimeUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def small(groups):
    with Sandbox(level="jail+cgroup", limits=Limits(memory_mb=128, disk_mb=100), ready=1) as small:
        yield small


def test_sessions_from_the_pool_are_new_each_time(pooled):
    for number in range(6):
        with pooled.session() as session:
            assert session.exec(f"print('x' in dir()); x = {number}").stdout == "False\n"


def test_threads_share_a_sandbox(pooled):
    seen = []

    def episode(number):
        with pooled.session() as session:
            seen.append(session.exec(f"print({number})").stdout)

    threads = [threading.Thread(target=episode, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [f"{number}\n" for number in range(8)]


def test_sessions_that_end_at_once_are_all_waited_for(sandbox):
    with Sandbox(level=str(sandbox.isolation.level)) as own:
        for _ in range(4):
            sessions = [own.session() for _ in range(8)]
            threads = [threading.Thread(target=session.close) for session in sessions]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        user = own.isolation.user_id
        until(lambda: not [pid for pid in os.listdir("/proc") if pid.isdigit() and is_zombie_of(pid, user)])


def is_zombie_of(pid, user):
    try:
        lines = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    except OSError:  # it is gone
        return False
    return lines["State"].startswith("Z") and lines["Uid"].split()[0] == str(user)


def left_behind():
    """Of sessions: descriptors of this process, directories and groups."""
    descriptors = {("descriptor", fd, os.path.realpath(f"/proc/self/fd/{fd}")) for fd in os.listdir("/proc/self/fd")}
    sockets = {one for one in descriptors if "socket:" in one[2]}
    return sockets | set(Path(tempfile.gettempdir()).glob("openenv-sandbox-*/session-*")) | groups_now()


def test_a_session_whose_files_cannot_be_written_is_closed(sandbox):
    before = left_behind()
    kept = []
    for _ in range(3):
        with pytest.raises(ValueError, match="no path within") as raised:
            sandbox.session(files={"../x": "1"})
        kept.append(raised)  # and with it what was made before it was raised
    until(lambda: left_behind() <= before)


def test_a_session_as_a_whole_cannot_have_more_memory_than_its_group(small):
    code = """
import os, time
children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        held = bytearray(b'x') * (50 << 20)
        time.sleep(30)
        os._exit(0)
    children.append(child)
ended = os.wait()[1]
print(os.waitstatus_to_exitcode(ended))
"""
    with small.session() as session:
        result = session.exec(code, 20)
    assert "-9" in result.stdout or (result.status, result.oom) == ("died", True)


def test_files_count_too(small):
    with small.session() as session:
        session.exec("held = bytearray(b'x') * (60 << 20)")
        result = session.exec("with open('f', 'wb') as f:\n  for _ in range(90): f.write(bytes(1 << 20))", 20)
        assert (result.status, result.signal, result.oom) == ("died", "SIGKILL", True)


def test_a_session_that_has_ended_while_it_was_ready_is_given_to_nobody(small):
    before = groups_now()
    small.session().close()

    def ready():
        processes = [(path / "cgroup.procs").read_text().split() for path in groups_now() - before]
        return [pids for pids in processes if len(pids) > 1]  # its keeper, and its interpreter

    until(ready)
    for pid in itertools.chain(*ready()):
        os.kill(int(pid), signal.SIGKILL)
    with small.session() as session:
        assert session.exec("print(1)").stdout == "1\n"


def test_groups_are_gone_with_their_sessions(small, groups):
    before = groups_now()
    with small.session() as session, small.session():
        session.exec("import os; os._exit(1)")
        assert groups_now() - before
    small.close()
    assert groups_now() - before == set()


def test_groups_that_the_kernel_held_for_a_moment_are_removed_with_the_next(small):
    before = len(groups_now())
    for _ in range(30):
        with small.session() as session:
            session.exec("import subprocess\nfor _ in range(8): subprocess.Popen(['sleep', '100'])")
    until(lambda: small.session().close() or len(groups_now()) <= before + 2)


def test_sessions_that_nobody_waited_for_are_gone_with_the_sandbox(sandbox):
    async def main():
        async with AsyncSandbox(level=str(sandbox.isolation.level)) as other:
            tasks = [asyncio.create_task(other.session()) for _ in range(5)]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            async with await other.session() as session:
                assert (await session.exec("print(1)")).stdout == "1\n"
            return other.isolation.user_id

    before = groups_now()
    user = asyncio.run(main())
    assert groups_now() - before == set()
    if user:
        until(lambda: processes_of(user) == [])


def test_groups_of_an_owner_that_was_killed_are_removed_by_the_next(groups):
    code = "from openenv.sandbox import Sandbox; s = Sandbox(level='jail+cgroup', ready=2); s.session(); print('on', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout.readline() == b"on\n"
        owner.kill()

    def left():
        Groups.found(64 << 20)
        return list(groups_now(owner.pid))

    until(lambda: left() == [])


WITHOUT_FILES = """
import gc, os, resource, sys
from openenv.sandbox import Sandbox
with Sandbox(level=sys.argv[1]) as sandbox:
    sandbox.session().close()
    before = len(os.listdir('/proc/self/fd'))
    for room in range(20):
        resource.setrlimit(resource.RLIMIT_NOFILE, (before + room, 4096))
        try:
            with sandbox.session() as session:
                session.exec('1')
        except Exception:
            pass
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    with sandbox.session() as session:
        print(session.exec("print('on')").stdout)
    gc.collect()
    print(len(os.listdir('/proc/self/fd')) - before)
"""


def test_a_process_with_too_many_open_files_loses_none_and_goes_on_when_it_has_less(sandbox):
    command = [sys.executable, "-c", WITHOUT_FILES, str(sandbox.isolation.level)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert printed.split() == ["on", "0"]


def groups_now(owner=None):
    """Those that a process has made: this one, unless told otherwise."""
    return {path for path in Path("/sys/fs/cgroup").rglob(f"openenv-{owner or os.getpid()}-*") if path.is_dir()}


def test_the_isolation_says_whether_there_is_a_limit_for_all(small, sandbox):
    assert str(small.isolation).endswith("memory 128 MB per session")
    assert ("NO whole-session cap" in str(sandbox.isolation)) is (not sandbox.isolation.cgroup)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_thousand_sessions_leave_nothing_behind(sandbox):
    user = sandbox.isolation.user_id

    def held():
        mounts = Path("/proc/self/mounts").read_text().count("\n")
        return len(os.listdir("/proc/self/fd")), mounts, len(groups_now()), len(processes_of(user)) if user else 0

    sandbox.session().close()
    before = held()
    for number in range(1000):
        session = sandbox.session()
        session.exec("import os; os._exit(1)" if number % 2 else "open('f', 'w').write('x')")
        session.close()
    until(lambda: held() == before)
