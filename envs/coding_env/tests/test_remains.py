"""What is left when an episode, a session or its client ends: nothing."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

WHERE = "import os; print(os.getpid(), os.path.dirname(os.getcwd()))"

DOUBLE_FORK = """
import os
r, w = os.pipe()
if not os.fork():
    if not os.fork():
        os.write(w, str(os.getpid()).encode())
        while True: pass
    os._exit(0)
os.wait(); print(int(os.read(r, 20)))
"""

OWNER = """
import sys
from coding_env import CodeAction, CodingEnv
from openenv.client.local import LocalRuntime
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

runtime = {"embedded": EmbeddedRuntime, "inprocess": LocalRuntime}[sys.argv[1]]
factory = NamedFactory("coding_env.server.coding_environment:CodingEnvironment")
client = CodingEnv(provider=runtime(factory)).sync()
client.reset()
print(client.step(CodeAction(code=sys.argv[2])).observation.stdout, end="", flush=True)
client.step(CodeAction(code=sys.stdin.readline()))
"""


def place(observation) -> tuple[int, Path]:
    pid, root = observation.stdout.split()
    return int(pid), Path(root)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def start_owner(runtime: str) -> tuple[subprocess.Popen[str], int, Path]:
    """A process of its own with a client in an episode; the interpreter's process id and its directory."""
    command = [sys.executable, "-c", OWNER, runtime, WHERE]
    owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid, root = owner.stdout.readline().split()
    return owner, int(pid), Path(root)


def test_closing_leaves_no_process_and_no_directory(open_client, run_in, watch):
    with open_client() as client:
        client.reset()
        pid, root = place(run_in(client)(WHERE))
        ended = watch(pid)
        assert root.is_dir()
    assert ended()
    assert not root.exists()


def test_reset_leaves_nothing_of_the_episode_before(client, run, watch):
    pid, root = place(run(WHERE))
    ended = watch(pid)
    run("import tempfile, os; os.mkdir('d'); open('d/f', 'w').close(); tempfile.mkdtemp()")
    client.reset()
    assert ended()
    assert not root.exists()


def test_temporary_files_are_within_the_directory(run):
    _, root = place(run(WHERE))
    assert run("import tempfile; print(tempfile.mkdtemp())").stdout.startswith(f"{root}/tmp/")


def test_processes_that_the_code_left_end_with_the_episode(client, run, watch):
    ended = [watch(int(run(DOUBLE_FORK).stdout)) for _ in range(2)]
    client.reset()
    assert [wait() for wait in ended] == [True, True]


@pytest.mark.parametrize("ending", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_processes_that_the_code_left_end_with_their_interpreter(run, watch, ending):
    ended = watch(int(run(DOUBLE_FORK).stdout))
    run(ending)
    assert ended()


def test_the_output_of_a_process_that_left_the_group_does_not_hold_a_close_up(open_client, run_in, watch):
    with open_client() as client:
        run = run_in(client)
        client.reset()
        code = "import subprocess; print(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid)"
        left = int(run(code).stdout)
        stopped = watch(left)
    os.kill(left, signal.SIGKILL)
    assert stopped()


@pytest.mark.parametrize(
    "code",
    [
        "import os\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')",
        "import os; os.makedirs('a/b/c')\nfor d in ('a/b/c', 'a/b', 'a', '..', '.'): os.chmod(d, 0)",
        "import os; os.symlink('/', 'root'); os.symlink('none', 'broken'); os.mkfifo('fifo'); os.link('fifo', 'twice')",
        "import os; os.mkdir(b'\\xff\\xfe'); open('line\\nbreak', 'w').close(); os.mkdir('../more')",
        "import shutil, os; shutil.rmtree(os.path.dirname(os.getcwd()))",
    ],
    ids=["deep", "protected", "links", "names", "removed already"],
)
def test_the_directory_is_removed_whatever_is_in_it(client, run, code, caplog):
    _, root = place(run(WHERE))
    assert run(code).exit_code == 0
    client.reset()
    assert not root.exists()
    assert caplog.messages == []


def test_a_link_in_the_directorys_place_is_removed_and_not_followed(client, run, tmp_path):
    (tmp_path / "precious").mkdir()
    _, root = place(run(WHERE))
    run(f"import os, shutil; shutil.rmtree({str(root)!r}); os.symlink({str(tmp_path)!r}, {str(root)!r})")
    client.reset()
    assert not root.is_symlink()
    assert (tmp_path / "precious").is_dir()


def test_an_interpreter_ends_with_its_client_that_is_killed(runtime, watch, tmp_path):
    """In the middle of a step: the code says by way of a FIFO that it runs."""
    os.mkfifo(tmp_path / "running")
    owner, pid, root = start_owner(runtime)
    with owner:
        ended = watch(pid)
        caller_ended = watch(parent_of(pid))
        assert owner.stdin is not None
        owner.stdin.write(f"open('{tmp_path}/running', 'w').close(); exec('while True: pass')\n")
        owner.stdin.flush()
        (tmp_path / "running").read_text()
        owner.kill()
    assert ended()
    assert caller_ended()
    if runtime == "embedded":  # whose worker outlives the owner for as long as it takes to close the environment
        assert not root.exists()
    else:
        shutil.rmtree(root)


def test_a_client_that_ends_without_closing_leaves_nothing(runtime, watch):
    owner, pid, root = start_owner(runtime)
    with owner:
        ended = watch(pid)
        owner.communicate("pass\n")
    assert ended()
    assert not root.exists()


def test_a_thread_that_ends_does_not_take_the_interpreter_with_it(open_client, run_in):
    with open_client() as client:
        thread = threading.Thread(target=run_in(client), args=["pass"])
        thread.start()
        thread.join()
        waits = "import threading; threading.Event().wait(0.3); print('on')"
        assert run_in(client)(waits).stdout == "on\n"
