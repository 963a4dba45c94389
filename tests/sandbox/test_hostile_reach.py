"""Code that reaches out: for files, other processes, the network, the kernel."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from openenv.sandbox import attempts
from openenv.sandbox.interpreter_paths import python_paths
from openenv.sandbox.unprivileged import dropped

SYSTEM_CALL = """
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
def call(x86_64, aarch64, *arguments):
    result = libc.syscall(x86_64 if platform.machine() == 'x86_64' else aarch64, *arguments)
    print(errno.errorcode[ctypes.get_errno()] if result == -1 else result)
"""

REFUSED_CALLS = {
    "mount": (165, 40, "0, 0, 0, 0, 0"),
    "umount": (166, 39, "0, 0"),
    "new mount": (428, 428, "-100, b'/', 0"),
    "chroot": (161, 51, "b'/'"),
    "pivot_root": (155, 41, "b'/', b'/'"),
    "unshare user": (272, 97, "0x10000000"),
    "unshare mount": (272, 97, "0x20000"),
    "setns": (308, 268, "0, 0"),
    "clone user": (56, 220, "0x10000011, 0, 0, 0, 0"),
    "ptrace": (101, 117, "0, 0, 0, 0"),
    "process_vm_readv": (310, 270, "1, 0, 0, 0, 0, 0"),
    "pidfd_getfd": (438, 438, "0, 0, 0"),
    "keyctl": (250, 219, "0, -3, 0"),
    "add_key": (248, 217, "b'user', b'x', b'y', 1, -3"),
    "bpf": (321, 280, "0, 0, 0"),
    "perf_event_open": (298, 241, "0, 0, 0, 0, 0"),
    "userfaultfd": (323, 282, "0"),
    "kexec_load": (246, 104, "0, 0, 0, 0"),
    "init_module": (175, 105, "0, 0, b''"),
    "seccomp": (317, 277, "0, 0, 0"),
    "reboot": (169, 142, "0, 0, 0, 0"),
    "settimeofday": (164, 170, "0, 0"),
    "sethostname": (170, 161, "b'x', 1"),
    "syslog": (103, 116, "3, 0, 0"),
    "open_by_handle_at": (304, 265, "0, 0, 0"),
    "shmget": (29, 194, "0, 4096, 0o600"),
    "mq_open": (240, 180, "b'x', 66, 0o600, 0"),
    "personality": (135, 92, "0x0040000"),
    "prlimit of another": (302, 261, "1, 7, 0, 0"),
    "priority of all": (141, 140, "2, 0, 10"),
}
NOT_IMPLEMENTED = {
    "io_uring_setup": (425, 425, "1, 0"),
    "clone3": (435, 435, "0, 0"),
    "memfd_create": (319, 279, "b'x', 0"),
    "a call of tomorrow": (470, 470, ""),
}


@pytest.mark.parametrize("number", REFUSED_CALLS.values(), ids=REFUSED_CALLS)
def test_the_kernel_refuses(session, number):
    x86_64, aarch64, arguments = number
    assert session.exec(f"{SYSTEM_CALL}\ncall({x86_64}, {aarch64}, {arguments})").stdout == "EPERM\n"


@pytest.mark.parametrize("number", NOT_IMPLEMENTED.values(), ids=NOT_IMPLEMENTED)
def test_the_kernel_does_not_know(session, number):
    x86_64, aarch64, arguments = number
    assert session.exec(f"{SYSTEM_CALL}\ncall({x86_64}, {aarch64}, {arguments})").stdout == "ENOSYS\n"


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)",
        "socket.socketpair(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)",
        "socket.create_connection(('127.0.0.1', 80), 5)",
        "socket.create_connection(('8.8.8.8', 53), 5)",
        "socket.getaddrinfo('example.org', 80)",
        "__import__('urllib.request').request.urlopen('http://127.0.0.1/', timeout=5)",
    ],
)
def test_the_network_is_refused_at_once(session, code):
    result = session.exec(f"import socket; {code}")
    assert (result.status, result.wall_ms < 2000) == ("error", True)


@pytest.mark.parametrize("kind", ["STREAM", "DGRAM", "RAW", "SEQPACKET"])
def test_nothing_arrives_at_a_socket_of_the_host(session, canary, kind):
    path = f"{canary.parent}/socket"
    code = f"""
import socket
for use in ('connect', 'sendto'):
    try:
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_{kind})
        one.connect({path!r}) if use == 'connect' else one.sendto(b'x', {path!r})
        one.send(b'x')
    except OSError:
        pass
"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outside:
        outside.bind(path)
        os.chmod(path, 0o777)
        outside.setblocking(False)
        assert session.exec(code).ok
        with pytest.raises(BlockingIOError):
            outside.recv(1)


WATCH = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
watcher = libc.inotify_init1(os.O_NONBLOCK)
print(libc.inotify_add_watch(watcher, {path!r}, 0xfff))
"""


def test_directories_of_the_host_cannot_be_watched(session, canary):
    assert session.exec(WATCH.format(path=str(canary.parent).encode())).stdout == "-1\n"


@pytest.fixture
def canary(tmp_path):
    """A file that every user of this machine may read and write."""
    for directory in (tmp_path, *tmp_path.parents[:3]):
        if directory != Path("/tmp") and directory.stat().st_uid == os.geteuid():
            directory.chmod(directory.stat().st_mode | 0o755)
    file = tmp_path / "canary"
    file.write_text("secret")
    file.chmod(0o666)
    tmp_path.chmod(0o777)
    return file


@pytest.mark.parametrize(
    "code",
    [
        "open({path!r}).read()",
        "open({path!r}, 'a')",
        "os.unlink({path!r})",
        "os.rename({path!r}, {path!r} + '.moved')",
        "os.link({path!r}, 'linked')",
        "os.truncate({path!r}, 0)",
        "os.listdir(os.path.dirname({path!r}))",
        "open({path!r} + '.made', 'w')",
        "os.mkdir({path!r} + '.made')",
        "os.symlink('/', {path!r} + '.made')",
        "os.mkfifo({path!r} + '.made')",
        "os.symlink({path!r}, 'link'); open('link').read()",
        "__import__('shutil').copy({path!r}, 'copied')",
        "__import__('subprocess').run(['cat', {path!r}], check=True)",
        "os.open({path!r}, os.O_PATH) and os.open('/proc/self/fd/3', os.O_RDONLY) and None or open({path!r})",
    ],
)
def test_files_of_the_host_are_out_of_reach(session, canary, code):
    assert session.exec("import os; " + code.format(path=str(canary))).status == "error"
    assert (canary.read_text(), os.listdir(canary.parent)) == ("secret", ["canary"])


@pytest.mark.parametrize("code", ["os.chmod({path!r}, 0)", "os.utime({path!r}, (0, 0))", "os.chown({path!r}, 0, 0)"])
def test_the_metadata_of_files_of_the_host_cannot_be_changed(session, canary, code):
    before = canary.stat()
    assert session.exec("import os; " + code.format(path=str(canary))).status == "error"
    assert canary.stat() == before


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "/root/.bashrc",
        "/proc/1/environ",
        "/proc/kcore",
        "/dev/mem",
        "/sys/kernel/debug",
        "/var/log",
        "/home",
    ],
)
def test_places_with_secrets_are_empty_or_refused(session, path):
    code = f"import os\nprint(os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}, 'rb').read(1))"
    result = session.exec(code)
    assert (result.status, result.stdout) in (("error", ""), ("ok", "[]\n"))


def test_settings_of_the_kernel_cannot_be_written(session):
    code = "import os\nfor p in ('core_pattern', 'modprobe', 'hostname'):\n  try: os.open('/proc/sys/kernel/' + p, os.O_WRONLY); print(p)\n  except OSError: pass"
    assert session.exec(code).stdout == ""


def test_the_environment_holds_nothing_of_this_process(session, monkeypatch):
    name = f"SECRET_{secrets.token_hex(4)}"
    monkeypatch.setenv(name, "value")
    assert name not in session.exec("import os; print(os.environ)").stdout
    names = set(session.shell("env | cut -d= -f1").stdout.split())
    assert not {"USER", "SSH_AUTH_SOCK", "VIRTUAL_ENV"} & names
    assert {"PATH", "HOME", "LANG", "TMPDIR"} <= names


def test_nothing_is_inherited_but_streams_and_the_channel(session):
    code = """
import os, stat
for fd in range(256):
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        continue
    kind = 'socket' if stat.S_ISSOCK(mode) else 'pipe' if stat.S_ISFIFO(mode) else 'device' if stat.S_ISCHR(mode) else 'OTHER'
    print(kind)
"""
    kinds = session.exec(code).stdout.split()
    assert (kinds.count("socket"), kinds.count("OTHER"), kinds.count("pipe")) == (1, 0, 4)


def test_other_processes_are_not_seen_or_signalled(session):
    code = f"import os\nos.kill({os.getpid()}, 0)"
    result = session.exec(code)
    assert (result.status, result.stderr.splitlines()[-1].split(":")[0]) in {
        ("error", "ProcessLookupError"),
        ("error", "PermissionError"),
    }


def test_the_keeper_cannot_be_ended(session):
    code = "import os, signal\nfor number in (9, 15, 19, 2, 11):\n  try: os.kill(os.getppid(), number)\n  except OSError: pass"
    session.exec(code)
    assert session.exec("print('on')").stdout == "on\n"


@pytest.mark.parametrize("what", ["mem", "environ", "maps", "fd", "cwd", "root"])
def test_the_keeper_cannot_be_read(session, what):
    code = f"import os\np = f'/proc/{{os.getppid()}}/{what}'\nprint(os.listdir(p) if {what == 'fd'} else os.readlink(p) if {what in ('cwd', 'root')} else open(p, 'rb').read(1))"
    result = session.exec(code)
    assert (result.status, result.stdout) in (("error", ""), ("ok", "b''\n"))


def test_everything_is_signalled_and_other_sessions_go_on(sandbox):
    with sandbox.session() as other, sandbox.session() as session:
        other.exec("x = 1")
        session.exec("import os; os.kill(-1, 9)")
        assert other.exec("print(x)").stdout == "1\n"


def test_other_sessions_files_are_out_of_reach(sandbox):
    with sandbox.session() as other, sandbox.session() as session:
        other.exec("open('secret', 'w').write('secret')")
        found = session.exec(f"print(open({other.workspace!r} + '/secret').read())")
        assert (found.status, found.stdout) == ("error", "")


@pytest.mark.parametrize(
    "call", ["setuid(0)", "setgid(0)", "setresuid(0, 0, 0)", "setgroups([0])", "initgroups('root', 0)"]
)
def test_no_other_user_can_be_had(session, call):
    assert session.exec(f"import os; os.{call}").status == "error"


def test_programs_with_the_rights_of_their_owner_have_none(session):
    result = session.shell(
        "su -c id root </dev/null; passwd -S root; mount -t tmpfs none /tmp; sudo -n id; chroot / id"
    )
    assert "uid=0" not in result.stdout
    assert "CapEff:\t0000000000000000" in session.exec("print(open('/proc/self/status').read())").stdout or (
        "Permission denied" in session.exec("open('/proc/self/status')").stderr
    )


def test_programs_cannot_be_changed(session):
    code = "import os, sys\nfor p in ('/usr/bin', '/usr/local', sys.prefix, '/', '/etc'):\n  try: open(p + '/made', 'w'); print(p)\n  except OSError: pass"
    assert session.exec(code).stdout == ""


CANNOT_BE_EXECUTED, NOT_FOUND = 126, 127


def test_a_namespace_cannot_be_made_by_a_program(session):
    programs = {"unshare": "unshare -Ur id", "bwrap": "bwrap --ro-bind / / id"}
    for command in (command for name, command in programs.items() if shutil.which(name)):
        assert session.shell(command).exit_code not in (0, CANNOT_BE_EXECUTED, NOT_FOUND)


def test_devices_are_few(jail):
    with jail.session() as session:
        listed = set(session.shell("ls /dev").stdout.split())
        streams = {"fd", "stdin", "stdout", "stderr", "core"}
        assert listed <= streams | {"full", "null", "ptmx", "pts", "random", "shm", "tty", "urandom", "zero", "console"}
        assert session.exec("import os, stat; os.mknod('d', stat.S_IFBLK | 0o600, os.makedev(8, 0))").status == "error"


def test_input_of_a_terminal_cannot_be_forged(jail):
    with jail.session() as session:
        code = "import pty, fcntl\na, b = pty.openpty()\nfcntl.ioctl(b, 0x5412, b'x')"
        assert session.exec(code).stderr.endswith("PermissionError: [Errno 1] Operation not permitted\n")


ORDINARY_USER = 60700


def test_what_the_probes_try_is_possible_without_a_sandbox(canary):
    """So that an attempt which cannot succeed anywhere is no proof. An ordinary user tries, in a process of its own:
    root might succeed with what nobody wants."""
    name = f"openenv-test-{secrets.token_hex(4)}"
    user = os.geteuid() or ORDINARY_USER
    os.chown(canary, user, -1)
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0" + name)
        unix.listen()
        surroundings = {
            "canary": str(canary),
            "port": tcp.getsockname()[1],
            "name": name,
            "pid": os.getpid(),
            "namespaces": False,
            "memory_bytes": 1 << 20,
        }
        source = f"{Path(attempts.__file__).read_text()}\nimport json\nprint(json.dumps(breaches({surroundings!r})))"
        command = dropped([sys.executable, "-I", "-S", "-c", source], user=user, needed=python_paths())
        tried = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", timeout=30)
    found = json.loads(tried.stdout)
    assert {
        "reads a file of the host",
        "writes a file of the host",
        "makes a file on the host",
        "changes the mode of a file of the host",
        "connects by TCP",
        "connects by UNIX socket",
        "opens a netlink socket",
        "uses more memory than it may",
    } <= set(found)
