"""Code that wants more memory, disk or output than there is."""

import os
import shutil
from pathlib import Path

import pytest

from openenv.sandbox import Limits, Sandbox

FILL = """
written = 0
try:
    for number in range(1000):
        with open(f'{directory}/fill-{number}', 'wb', buffering=0) as file:
            for _ in range(32):
                written += file.write(bytes(1 << 20))
except OSError as error:
    print(error.errno, written >> 20 <= 64)
"""


@pytest.fixture(scope="module")
def small():
    with Sandbox(level="jail", limits=Limits(memory_mb=256, disk_mb=8, files=100, output_kb=4, flood_mb=1)) as sandbox:
        yield sandbox


def test_one_process_that_wants_too_much_memory_gets_a_memory_error(session):
    session.exec("x = 1")
    result = session.exec("y = bytearray(2 << 30)")
    assert (result.status, result.oom, result.alive) == ("error", True, True)
    assert result.stderr.endswith("MemoryError\n")
    assert session.exec("print(x)").stdout == "1\n"


def test_memory_that_grows_ends_in_a_memory_error(session):
    result = session.exec("x = []\nwhile True: x.append(bytearray(10 << 20))")
    assert (result.status, result.oom, result.alive) == ("error", True, True)


def test_numpy_cannot_have_too_much_memory_either(session):
    assert session.exec("import numpy; numpy.ones(1 << 30)").oom


@pytest.mark.parametrize("directory", ["/workspace", "/tmp", "/dev/shm"])
def test_a_full_disk_is_an_error_and_the_host_does_not_notice(jail, directory):
    free = shutil.disk_usage("/").free, shutil.disk_usage("/dev/shm").free
    with jail.session() as session:
        assert session.exec(FILL.replace("{directory}", directory)).stdout == "28 True\n"
        assert session.exec("print('on')").stdout == "on\n"
    left = shutil.disk_usage("/").free, shutil.disk_usage("/dev/shm").free
    assert all(abs(before - after) < 32 << 20 for before, after in zip(free, left, strict=True))


def test_all_files_of_a_session_share_one_size(small):
    with small.session() as session:
        code = "for d in ('/workspace', '/tmp', '/dev/shm'): open(d + '/f', 'wb').write(bytes(3 << 20))"
        result = session.exec(code)
        assert (result.status, "No space left on device" in result.stderr) == ("error", True)


def test_too_many_files_are_an_error(small):
    with small.session() as session:
        result = session.exec("for n in range(1000): open(f'f{n}', 'w').close()")
        assert "No space left on device" in result.stderr
        assert session.exec("print('on')").stdout == "on\n"


def test_a_file_that_is_too_large_is_an_error(session):
    result = session.exec("with open('f', 'wb') as f:\n  for _ in range(100): f.write(bytes(1 << 20))")
    assert (result.status, result.alive) == ("error", True)
    assert "No space left" in result.stderr or "File too large" in result.stderr


def test_a_sparse_file_takes_no_more_than_it_may(session):
    assert session.exec("open('f', 'wb').truncate(1 << 40)").status == "error"


def test_memory_that_is_a_file_is_refused(session):
    assert "Function not implemented" in session.exec("import os; os.memfd_create('x')").stderr


def test_directories_that_are_deep_closed_or_linked_are_gone_with_their_session_and_nothing_else(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o751)
    with Sandbox(level="landlock") as sandbox, sandbox.session() as session:
        base = Path(session.workspace).parent
        made = session.exec(
            f"import os\nos.symlink({str(kept)!r}, 'link'); os.mkdir('closed'); open('closed/file', 'w').close()\n"
            "os.mkdir('deep'); os.chdir('deep')\n"
            "for _ in range(1500): os.mkdir('d'); os.chdir('d')"
        )
        session.shell(f"chmod 0 {session.workspace}/closed")
        assert made.ok
        session.close()
        assert not base.exists()
    assert not base.parent.exists()
    assert (kept.stat().st_mode & 0o777, list(kept.iterdir())) == (0o751, [])


def test_more_open_files_than_allowed_are_an_error(session):
    result = session.exec("x = [open('/dev/null') for _ in range(1000)]")
    assert (result.status, "Too many open files" in result.stderr, result.alive) == ("error", True, True)


FILL_SOCKETS = """
import socket
pairs, held = [], 0
for _ in range(100):
    one, other = socket.socketpair()
    pairs.append((one, other))
    one.setblocking(False)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
    except OSError:
        pass
    try:
        while True:
            held += one.send(bytes(65536))
    except BlockingIOError:
        pass
print(held >> 20 < 100)
"""


def test_what_waits_in_sockets_stays_small(run):
    assert run(FILL_SOCKETS) == "True\n"


@pytest.mark.parametrize(
    "code",
    [
        "while True: print('x' * 1000)",
        "import os\nwhile True: os.write(2, b'x' * 65536)",
        "import os; os.system('yes')",
        "import sys\nsys.stdout.write('x' * (1 << 28))",
    ],
)
def test_a_flood_is_interrupted_and_its_first_and_last_part_kept(session, code):
    result = session.exec(code, 20)
    assert result.truncated
    assert result.status in ("flood", "error")
    assert max(len(result.stdout), len(result.stderr)) < 80_000
    assert "bytes left out" in result.stdout + result.stderr


def test_what_is_kept_is_the_beginning_and_the_end(small):
    with small.session() as session:
        result = session.exec("print('first', 'x' * 100_000, 'last')")
        assert (result.status, result.truncated) == ("ok", True)
        assert (result.stdout[:6], result.stdout[-6:]) == ("first ", " last\n")
        assert len(result.stdout) < 4200


def test_a_line_of_a_megabyte_is_no_trouble(session):
    result = session.exec("print('x' * (1 << 20))")
    assert (result.status, result.truncated, len(result.stdout) < 70_000) == ("ok", True, True)


def test_all_byte_values_are_shown(session):
    result = session.exec("import os; os.write(1, bytes(range(256)))")
    assert (result.status, result.stdout) == ("ok", bytes(range(256)).decode(errors="backslashreplace"))


def test_lone_surrogates_are_escaped_wherever_they_come_from(session):
    assert session.exec("print('\\udc80')").stdout == "\\udc80\n"
    assert session.exec("print('\udc80')").stdout == "\\udc80\n"
    assert "\\udc80" in session.exec("raise ValueError('\\udc80')").stderr


def test_output_after_the_answer_belongs_to_what_comes_next(session):
    session.exec("import os, time\nif os.fork() == 0:\n  time.sleep(0.1); os.write(1, b'late'); os._exit(0)")
    assert session.exec("os.wait() and None").stdout == "late"


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_what_prints_without_end_costs_this_process_no_memory(session):
    """Of what is printed while it is asked a bounded part is kept; what prints while nobody looks waits."""
    assert session.exec("import subprocess; noise = subprocess.Popen('yes', shell=True)").status in ("ok", "flood")
    before = resident_bytes()
    for _ in range(3):
        result = session.exec("import time; time.sleep(20)", 20)
        assert (result.status, result.truncated) == ("flood", True)
    assert resident_bytes() - before < 16 << 20


def test_a_processor_time_limit_ends_what_goes_over_it(sandbox):
    level = str(sandbox.isolation.level)
    with Sandbox(level=level, limits=Limits(cpu_s=1)) as limited, limited.session() as session:
        result = session.exec("while True: pass", 20)
        assert (result.status, result.signal) in (("died", "SIGXCPU"), ("died", "SIGKILL"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("memory_mb", value) for value in (0, -1, 1, 0.5, float("inf"), "5", None, 1 << 60)),
        *(("disk_mb", 0), ("files", 3), ("processes", 0), ("open_files", 1), ("output_kb", 0.5), ("flood_mb", -1)),
        *(("cpu_s", 0), ("cpu_s", 0.5), ("grace_s", 0), ("grace_s", float("nan")), ("grace_s", float("inf"))),
    ],
)
def test_limits_that_no_session_could_have_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        Limits(**{name: value})


def test_limits_cannot_be_raised(session):
    code = """
import resource
for name in ('AS', 'NPROC', 'FSIZE', 'NOFILE', 'CORE'):
    what = getattr(resource, 'RLIMIT_' + name)
    try:
        resource.setrlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(name)
    except (ValueError, OSError):
        pass
"""
    assert session.exec(code).stdout == ""
