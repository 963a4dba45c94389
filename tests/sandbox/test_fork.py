"""Branches of a live session."""

import os
import resource
import time
from contextlib import contextmanager, suppress

import pytest

from openenv.errors import SessionError, SessionLost, UnsupportedOperation
from tests.behaviour.remains import eventually


@pytest.fixture
def laden(session):
    session.exec("x = [1, 2]; f = lambda: x[0]; import os; os.mkdir('d'); open('d/file', 'w').write('original')")
    return session


def closed(branches):
    for branch in branches:
        branch.close()


def test_branches_go_on_from_the_same_variables_and_files(laden):
    branches = laden.fork(3)
    for number, branch in enumerate(branches):
        assert branch.exec(f"x.append({number}); open('d/file', 'a').write('{number}')").ok
    seen = [branch.exec("print(x, f(), open('d/file').read())").stdout for branch in branches]
    assert seen == [f"[1, 2, {number}] 1 original{number}\n" for number in range(3)]
    assert laden.exec("print(x, open('d/file').read())").stdout == "[1, 2] original\n"
    closed(branches)


def test_the_working_directory_within_the_workspace_is_kept(laden):
    laden.exec("os.chdir('d')")
    (branch,) = laden.fork(1)
    assert branch.exec("print(os.listdir(), os.environ['HOME'] == os.path.dirname(os.getcwd()))").stdout == (
        "['file'] True\n"
    )
    closed([branch])


def test_files_of_a_branch_are_written_and_read_from_outside(laden):
    one, other = laden.fork(2)
    one.write("d/file", "changed")
    assert [session.read("d/file") for session in (laden, one, other)] == [b"original", b"changed", b"original"]
    closed([one, other])


def test_neither_reaches_the_files_of_another(laden):
    one, other = laden.fork(2)
    for reader, owner in ((one, laden), (one, other), (laden, one)):
        result = reader.exec(f"print(open({owner.workspace!r} + '/d/file').read())")
        assert (result.status, result.stdout) == ("error", "")
    closed([one, other])


@pytest.mark.parametrize("code", ["os._exit(1)", "sum(range(10**13))", "os.kill(os.getpid(), 11)", "os.killpg(0, 9)"])
def test_a_branch_that_ends_leaves_the_others(laden, code):
    one, other = laden.fork(2)
    assert one.exec(code, 0.2).alive is False
    assert one.exec("1").status == "died"
    one.close()
    assert other.exec("print(x)").stdout == laden.exec("print(x)").stdout == "[1, 2]\n"
    other.close()
    assert laden.exec("print(x)").stdout == "[1, 2]\n"


def test_the_original_ends_and_its_branches_go_on(laden):
    one, other = laden.fork(2)
    laden.exec("os._exit(1)")
    laden.close()
    assert one.exec("print(x)").stdout == other.exec("print(x)").stdout == "[1, 2]\n"
    closed([one, other])


def test_a_branch_cannot_signal_another(laden):
    one, other = laden.fork(2)
    pid = other.exec("print(os.getpid())").stdout.strip()
    one.exec(f"os.kill({pid}, 9)")
    one.exec("os.kill(-1, 9)")
    assert other.exec("print(x)").stdout == laden.exec("print(x)").stdout == "[1, 2]\n"
    closed([one, other])


def test_what_a_branch_has_started_ends_with_it(laden):
    one, other = laden.fork(2)
    one.exec("import subprocess; started = [subprocess.Popen(['sleep', '1000'], start_new_session=True) for _ in 'ab']")
    other.exec("import subprocess; own = subprocess.Popen(['sleep', '1000'])")
    began = time.monotonic()
    one.close()
    assert time.monotonic() - began < 5
    assert other.exec("print(own.poll())").stdout == "None\n"
    closed([other])


def test_branches_of_branches(laden):
    (branch,) = laden.fork(1)
    branch.exec("x.append(3)")
    (inner,) = branch.fork(1)
    inner.exec("x.append(4)")
    assert [session.exec("print(x)").stdout for session in (laden, branch, inner)] == [
        "[1, 2]\n",
        "[1, 2, 3]\n",
        "[1, 2, 3, 4]\n",
    ]
    closed([branch, inner])


@pytest.mark.parametrize(
    "code",
    [
        "import threading, time; threading.Thread(target=time.sleep, args=(100,), daemon=True).start()",
        "import subprocess; p = subprocess.Popen(['sleep', '100'])",
    ],
)
def test_what_has_threads_or_processes_is_not_forked(session, code):
    session.exec(code)
    with pytest.raises(UnsupportedOperation, match="other threads and"):
        session.fork(2)
    assert session.exec("print('on')").stdout == "on\n"


def test_what_has_ended_is_not_forked(session):
    session.exec("import os; os._exit(1)")
    with pytest.raises(SessionLost):
        session.fork(1)


def test_what_is_closed_is_not_forked(session):
    session.close()
    with pytest.raises(SessionError):
        session.fork(1)


def test_each_fork_of_one_session_has_files_of_its_own(laden):
    branches = [laden.fork(1)[0] for _ in range(3)]
    for number, branch in enumerate(branches):
        assert branch.exec(f"open('d/file', 'a').write('{number}'); print(open('d/file').read())").stdout == (
            f"original{number}\n"
        )
    assert laden.exec("print(open('d/file').read())").stdout == "original\n"
    closed(branches)


def test_branches_of_branches_have_files_of_their_own(laden):
    (branch,) = laden.fork(1)
    (inner,) = branch.fork(1)
    branch.close()
    inner.exec("open('d/file', 'a').write(' and more'); open('made', 'w').close()")
    (innermost,) = inner.fork(1)
    assert innermost.exec("print(open('d/file').read(), sorted(os.listdir()))").stdout == (
        "original and more ['d', 'made']\n"
    )
    assert [(entry.name, entry.kind) for entry in laden.list()] == [("d", "directory")]
    closed([inner, innermost])


def test_no_branch_of_whatever_fork_is_in_reach_of_another_or_the_original(laden):
    first, second = laden.fork(1)[0], laden.fork(1)[0]
    (inner,) = second.fork(1)
    family = [laden, first, second, inner]
    pids = [session.exec("print(os.getpid())").stdout.strip() for session in family]
    for session in family:
        for other, pid in zip(family, pids, strict=True):
            if other is not session:
                result = session.exec(f"os.kill({pid}, 0)")
                assert (result.status, "Error" in result.stderr) == ("error", True)
                result = session.exec(f"open({other.workspace!r} + '/d/file')")
                assert (result.status, "Error" in result.stderr) == ("error", True)
    closed([inner, first, second])


def test_a_session_is_forked_as_often_as_one_likes_and_no_branch_reaches_it_or_another(laden):
    branches = []
    for number in range(20):
        (branch,) = laden.fork(1)
        assert branch.exec(f"open('d/file', 'a').write('{number}'); print(open('d/file').read())").stdout == (
            f"original{number}\n"
        )
        branches.append(branch)
    assert laden.exec("print(open('d/file').read())").stdout == "original\n"
    last = branches[-1]
    for other in (laden, *branches[:-1]):
        result = last.exec(f"open({other.workspace!r} + '/d/file')")
        assert (result.status, "Error" in result.stderr) == ("error", True)
    closed(branches)


def test_branches_of_branches_end_where_the_kernel_takes_no_more_and_all_go_on(session):
    line = [session]

    def fork_deeply():
        while len(line) < 20:
            line.extend(line[-1].fork(1))

    with pytest.raises(UnsupportedOperation, match="Landlock"):
        fork_deeply()
    assert len(line) == 16
    assert [one.exec("print('on')").stdout for one in line] == ["on\n"] * 16
    closed(line[1:])


def test_a_branch_that_is_forked_late_and_often_has_branches_of_its_own(session):
    branches = [session.fork(1)[0] for _ in range(10)]
    inner = [branches[-1].fork(1)[0] for _ in range(10)]
    (innermost,) = inner[-1].fork(1)
    innermost.exec("open('made', 'w').close()")
    assert [entry.name for entry in innermost.list()] == ["made"]
    assert not any(other.list() for other in (session, *branches, *inner))
    closed([innermost, *inner, *branches])


def test_more_branches_than_processes_are_refused_at_once_and_the_session_goes_on(session):
    began = time.monotonic()
    with pytest.raises(UnsupportedOperation, match="64 processes"):
        session.fork(64)
    assert time.monotonic() - began < 5
    branches = session.fork(50)
    with pytest.raises(UnsupportedOperation, match="64 processes"):
        branches[0].fork(20)
    assert session.exec("print('on')").stdout == "on\n"
    closed(branches)


def test_files_of_a_closed_branch_take_no_room(jail):
    with jail.session() as session:
        session.exec("open('file', 'wb').write(bytes(8 << 20))")
        for _ in range(5):
            (branch,) = session.fork(1)
            branch.close()
        assert eventually(lambda: "branch-" not in session.shell("cat /proc/mounts; ls /session/*").stdout)


def test_a_session_whose_working_directory_is_gone_is_forked(session):
    session.exec("import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')")
    (branch,) = session.fork(1)
    assert branch.exec("print(os.getcwd())").stdout == f"{branch.workspace}\n"
    closed([branch])


@pytest.mark.parametrize("count", [0, -1, 65])
def test_the_number_of_branches_has_bounds(session, count):
    with pytest.raises(ValueError, match="1 to 64"):
        session.fork(count)


def test_random_numbers_go_on_alike_unless_they_are_reseeded(session):
    session.exec("import random, numpy.random; random.seed(1); numpy.random.seed(1)")
    code = "print(random.random(), numpy.random.random())"
    alike, reseeded = session.fork(2), session.fork(2, reseed=True)
    assert len({branch.exec(code).stdout for branch in alike}) == 1
    assert len({branch.exec(code).stdout for branch in reseeded}) == 2
    closed([*alike, *reseeded])


def test_links_that_lead_out_are_copied_as_links(session):
    session.exec("import os; os.symlink('/etc/passwd', 'link'); os.mkfifo('pipe')")
    (branch,) = session.fork(1)
    assert [(entry.name, entry.kind) for entry in branch.list()] == [("link", "link")]
    closed([branch])


def test_a_branch_can_be_graded(laden):
    (branch,) = laden.fork(1)
    branch.exec("open('solution.py', 'w').write('def f(): return 7')")
    tests = "def test_f(solution):\n  assert solution.call('solution.f') == 7"
    assert branch.grade(tests, ["solution.py"]).passed
    assert not laden.grade(tests, ["solution.py"]).passed
    closed([branch])


@contextmanager
def few_descriptors(count):
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1 + max(map(int, os.listdir("/proc/self/fd"))) + count, limits[1]))
    held = []
    try:
        with suppress(OSError):
            while True:
                held.append(os.dup(0))
        for fd in held[-count:]:
            os.close(fd)
        del held[-count:]
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for fd in held:
            os.close(fd)


def test_a_fork_for_which_there_are_too_few_descriptors_is_refused_and_the_session_goes_on(session):
    with few_descriptors(20), pytest.raises(UnsupportedOperation, match="Too many open files"):
        session.fork(30)
    assert session.exec("print('on')").stdout == "on\n"
