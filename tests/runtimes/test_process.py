"""The process runtime: one server of its own on loopback, ready when it is opened, gone when it is closed."""

import os
import select
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from openenv import GenericEnvClient
from openenv.errors import ServerUnreachable, SessionLost
from openenv.runtimes.process import ProcessRuntime


@pytest.fixture
def runtime():
    """Makes runtimes that the test need not close."""
    made = []

    def make(*args, **kwargs) -> ProcessRuntime:
        made.append(ProcessRuntime(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        each.close()


def client_of(runtime: ProcessRuntime):
    return GenericEnvClient(base_url=runtime.open().url).sync()


def answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def children() -> set[int]:
    """The processes that this one has started and that live."""
    listed = []
    for tasks in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):  # a thread that has just ended
            listed.append(tasks.read_text())
    return {int(process) for processes in listed for process in processes.split()}


def test_what_is_opened_answers_on_loopback(runtime):
    endpoint = runtime("echo-env").open()
    assert endpoint.url.startswith("http://127.0.0.1:")
    with GenericEnvClient(base_url=endpoint.url) as env:
        assert env.reset().observation["echoed_message"] == "Echo environment ready"


def test_it_opens_one_server_for_all_sessions(runtime):
    server = runtime("echo-env")
    assert server.open() == server.open()


def test_it_opens_one_server_for_threads_that_ask_at_once(runtime):
    server, before = runtime("echo-env"), children()
    with ThreadPoolExecutor(4) as threads:
        urls = {future.result().url for future in [threads.submit(server.open) for _ in range(4)]}
    assert (len(urls), len(children() - before)) == (1, 1)


def test_options_reach_the_constructor_with_their_types(runtime, mirror):
    options = {"text": "7", "number": 7, "flag": True, "nothing": None, "nested": {"a": [1, "é = –"]}}
    with client_of(runtime(mirror, options=options)) as env:
        assert env.reset().observation["options"] == options


def test_env_vars_are_the_server_s(runtime, mirror):
    with client_of(runtime(mirror, env_vars={"OPENENV_TEST_WORD": "swordfish"})) as env:
        assert env.step({"variable": "OPENENV_TEST_WORD"}).observation["value"] == "swordfish"


def test_after_close_nobody_answers(runtime):
    server = runtime("echo-env")
    url = server.open().url
    assert answers(url)
    server.close()
    assert not answers(url)


def test_closing_closes_the_environments_that_live(runtime, mirror, tmp_path):
    farewell = tmp_path / "farewell"
    server = runtime(mirror, options={"farewell": str(farewell)})
    env = client_of(server)
    env.reset()
    assert not farewell.exists()
    server.close()
    assert farewell.read_text() == "closed"
    env.close()


def test_closing_what_was_never_opened_does_nothing(runtime):
    runtime("echo-env").close()


def test_it_can_be_opened_again(runtime):
    server = runtime("echo-env")
    server.open()
    server.close()
    assert answers(server.open().url)


def test_a_server_that_died_is_replaced_by_the_next_session(mirror):
    with GenericEnvClient(provider=ProcessRuntime(mirror)) as env:
        first = env.reset().observation["process"]
        os.kill(first, signal.SIGKILL)
        with pytest.raises(SessionLost):
            env.step({"variable": "HOME"})
        assert env.reset().observation["process"] != first


def test_a_server_that_does_not_come_up_is_an_error_with_its_last_words(runtime):
    with pytest.raises(ServerUnreachable) as raised:
        runtime("no-such-env").open()
    first, *words = str(raised.value).splitlines()
    assert first == "the server of no-such-env ended with exit status 1:"
    assert words[0].startswith("openenv: no installed environment is called 'no-such-env'")


def test_a_server_that_takes_too_long_is_ended(runtime):
    server = runtime("echo-env", start_timeout_s=0.01)
    with pytest.raises(ServerUnreachable, match=r"^the server of echo-env did not answer within 0\.01 s"):
        server.open()


def test_the_server_ends_with_a_process_that_is_killed(mirror):
    program = """
import signal
from openenv import AutoEnv
env = AutoEnv.from_env("mirror-env", runtime="process")
print(env.reset().observation.process, env.base_url, flush=True)
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        process, url = starter.stdout.readline().split()
        server = os.pidfd_open(int(process))
        starter.kill()
    assert select.select([server], [], [], 10)[0], "the server outlives the process that started it"
    os.close(server)
    assert not answers(url)


def test_a_process_that_ends_without_closing_has_its_environments_closed(mirror, tmp_path):
    program = """
import sys
from openenv import AutoEnv
env = AutoEnv.from_env("mirror-env", runtime="process", options={"farewell": sys.argv[1]})
env.reset()
"""
    farewell = tmp_path / "farewell"
    subprocess.run([sys.executable, "-c", program, str(farewell)], check=True, timeout=30)
    assert farewell.read_text() == "closed"


def test_what_holds_the_environment_is_said():
    assert GenericEnvClient(provider=ProcessRuntime("echo-env")).isolation == "none (a server on this machine)"
