"""Sessions that are ready before anybody asks, and groups with one limit."""

import os
import threading
from pathlib import Path

import pytest

from openenv.errors import RuntimeUnavailable
from openenv.sandbox import Limits, Sandbox
from openenv.sandbox.cgroups import Groups
from tests.sandbox.test_hostile_processes import processes_of, until


@pytest.fixture(scope="module")
def pooled(sandbox):
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


def test_groups_are_gone_with_their_sessions(small, groups):
    def left():
        return [path for path in Path("/sys/fs/cgroup").rglob("openenv-*") if path.is_dir()]

    before = len(left())
    with small.session() as session, small.session():
        session.exec("import os; os._exit(1)")
        assert len(left()) > 0
    small.close()
    assert len(left()) <= before


def test_the_isolation_says_whether_there_is_a_limit_for_all(small, sandbox):
    assert str(small.isolation).endswith("memory 128 MB per session")
    assert ("NO whole-session cap" in str(sandbox.isolation)) is (not sandbox.isolation.cgroup)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_thousand_sessions_leave_nothing_behind(sandbox):
    user = sandbox.isolation.user_id

    def held():
        groups = [path for path in Path("/sys/fs/cgroup").rglob("openenv-*") if path.is_dir()]
        mounts = Path("/proc/self/mounts").read_text().count("\n")
        return len(os.listdir("/proc/self/fd")), mounts, len(groups), len(processes_of(user)) if user else 0

    sandbox.session().close()
    before = held()
    for number in range(1000):
        session = sandbox.session()
        session.exec("import os; os._exit(1)" if number % 2 else "open('f', 'w').write('x')")
        session.close()
    until(lambda: held() == before)
