"""``openenv bench``: the figures of an environment here, and of one behind a URL."""

import json
import socket
import sys
import threading
from contextlib import suppress

import pytest

from openenv.runtimes.process import ProcessRuntime
from tests.registry.plugins import MIRROR, MIRROR_CLIENT, MIRROR_PLUGIN, register, write_package

QUICK = ("--seconds", "0.05", "--sessions", "2")
BALLAST = 40_000_000

KINDS = f'''
from typing import Iterator
from mirror_env.server import Mirror, MirrorAction, MirrorObservation

{{shared}}


class Short(Mirror):
    """Ends after two steps."""

    def reset(self, **options) -> MirrorObservation:
        self._steps = 0
        return super().reset(**options)

    def step(self, action: MirrorAction) -> MirrorObservation:
        self._steps += 1
        return MirrorObservation(done=self._steps == 2)


class Heavy(Mirror):
    """Holds much."""

    def __init__(self) -> None:
        super().__init__()
        self._ballast = b"x" * {BALLAST}


class Failing(Mirror):
    def step(self, action: MirrorAction) -> MirrorObservation:
        raise ValueError("no such step")


def policy() -> Iterator[MirrorAction]:
    return (MirrorAction(variable="HOME") for _ in range(9))
'''


@pytest.fixture
def bench(run):
    """Runs the command; gives the outcome and the figures."""

    def call(*words: str):
        outcome = run("bench", *words, *QUICK, "--json")
        return outcome, json.loads(outcome.out) if outcome.status == 0 else None

    return call


@pytest.fixture
def install(site, monkeypatch):
    """Installs ``mirror-env`` with another class."""
    monkeypatch.setenv("PYTHONPATH", str(site))

    def call(environment: str, *, shared: str = "", policy: bool = True) -> None:
        plugin = MIRROR_PLUGIN.replace('mirror_env.server:Mirror"', f'mirror_env.{environment}"')
        if policy:
            plugin = plugin.replace("summary=", 'example_policy="mirror_env.kinds:policy", summary=')
        modules = {"server": MIRROR, "client": MIRROR_CLIENT, "plugin": plugin, "kinds": KINDS.format(shared=shared)}
        write_package(site, "mirror_env", modules)
        register(site, name="mirror-env", target="mirror_env.plugin:environment", distribution="openenv-mirror-env")

    return call


@pytest.fixture
def served():
    """Serves what ``openenv serve`` takes; gives the URL."""
    runtimes = []

    def call(target: str) -> str:
        runtimes.append(ProcessRuntime(target))
        return runtimes[-1].open().url

    yield call
    for runtime in runtimes:
        runtime.close()


def _answer_with_nonsense(listener: socket.socket) -> None:
    with suppress(OSError):  # it has been shut down
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"who is there?\r\n\r\n")


def test_an_installed_environment_is_measured_embedded(bench):
    outcome, found = bench("EchoEnv")
    assert outcome.status == 0
    alone, at_once, vector = found.pop("one_session"), found.pop("at_once"), found.pop("vector")
    assert found.pop("first_reset_s") > 0
    found.pop("memory_per_session_bytes")
    assert found == {
        "environment": "echo-env",
        "url": None,
        "isolation": "none (a process of its own)",
        "seconds": 0.05,
        "episode_steps": 4,
        "sessions": 2,
    }
    for pace in (alone, at_once, vector):
        assert 0 < pace["step_median_s"] <= pace["step_p95_s"] < 0.05
        assert 0 < pace["reset_median_s"] < 0.05
        assert pace["resets"] > 2
        assert pace["steps"] > 8


def test_the_rate_is_that_of_the_steps_that_were_taken(bench):
    _, found = bench("echo-env")
    pace = found["one_session"]
    taken_s = pace["steps"] / pace["steps_per_s"]
    assert 0.0499 <= taken_s < 0.5, "the resets are not counted in, or more than was asked for"  # the rate is rounded


def test_sessions_at_once_are_all_counted(bench, install):
    """Each takes one step at least, whatever the time."""
    install("server:Mirror")
    outcome, found = bench("mirror-env")
    assert outcome.status == 0
    assert found["at_once"]["resets"] >= found["sessions"]


def test_an_episode_ends_when_the_environment_says_so(bench, install):
    install("kinds:Short")
    _, found = bench("mirror-env")
    pace = found["one_session"]
    assert found["episode_steps"] == 9
    assert 0 <= pace["resets"] - pace["steps"] / 2 <= 1  # the time may end the last one


def test_a_vector_s_steps_are_those_of_all_its_sessions(run):
    vector = json.loads(run("bench", "echo-env", "--seconds", "0.05", "--sessions", "7", "--json").out)["vector"]
    assert vector["steps"] > 0
    assert (vector["steps"] % 7, vector["resets"] % 7) == (0, 0)


def test_an_episode_of_a_vector_ends_with_the_first_that_ends(bench, install):
    install("kinds:Short")
    _, found = bench("mirror-env")
    assert 0 <= found["vector"]["resets"] - found["vector"]["steps"] / 2 <= found["sessions"]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says what processes hold")
def test_the_memory_of_a_session_is_what_it_alone_holds(bench, install):
    install("kinds:Heavy")
    _, found = bench("mirror-env")
    assert BALLAST <= found["memory_per_session_bytes"] < BALLAST + 20_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says what processes hold")
def test_what_sessions_share_is_not_counted_for_each(bench, install):
    install("kinds:Short", shared=f'SHARED = b"x" * {BALLAST}')
    _, found = bench("mirror-env")
    assert 0 < found["memory_per_session_bytes"] < BALLAST / 2


def test_a_server_is_measured_by_its_url(bench, served):
    url = served("echo-env")
    outcome, found = bench(url)
    assert outcome.status == 0
    assert (found["environment"], found["url"], found["memory_per_session_bytes"]) == ("echo-env", url, None)
    assert found["episode_steps"] == 4
    assert min(found[part]["steps"] for part in ("one_session", "at_once", "vector")) > 4


def test_a_websocket_s_address_names_the_server_too(bench, served):
    _, found = bench(served("echo-env").replace("http:", "ws:") + "/ws")
    assert (found["environment"], found["episode_steps"]) == ("echo-env", 4)


def test_an_environment_that_is_only_at_the_server_takes_the_actions_that_are_given(bench, served):
    url = served("tests.cli.stranger:Stranger")
    _, found = bench(url, "--action", '{"word":"one"}', "--action", '{"word":"two"}')
    assert (found["environment"], found["episode_steps"]) == ("Stranger", 2)
    assert min(found[part]["steps"] for part in ("one_session", "at_once", "vector")) > 2


def test_an_environment_whose_actions_nobody_knows_is_only_reset(run, served):
    outcome = run("bench", served("tests.cli.stranger:Stranger"), *QUICK)
    assert outcome.status == 0
    assert "reset" in outcome.out
    assert "step" not in outcome.out
    assert outcome.err.endswith("It was only reset: no actions are known; give some with --action JSON\n")


def test_given_actions_take_the_place_of_the_example_policy_s(bench):
    _, found = bench("echo-env", "--action", '{"message":"mine"}')
    assert found["episode_steps"] == 1


def test_the_table_shows_each_figure_and_the_progress_stays_out_of_it(run):
    outcome = run("bench", "echo-env", *QUICK)
    assert outcome.status == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in outcome.out.splitlines() if "│" in line]
    figures = {name: figure for name, figure, _ in rows}
    assert " ".join(figures) == "first reset reset step one session 2 at once vector of 2 memory isolation"
    assert figures["step"].endswith((" µs", " ms"))
    assert figures["one session"].endswith(" steps/s")
    parts = [line.removeprefix("echo-env: ") for line in outcome.err.splitlines()]
    assert parts == ["the first reset", "one session, 0.05 s", "2 at once, 0.05 s", "a vector of 2, 0.05 s"]


def test_an_unknown_name_is_told(bench):
    outcome, _ = bench("ecco")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("openenv: no installed environment is called 'ecco'. Did you mean echo-env?")


def test_a_url_where_nobody_answers_is_told(bench):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    outcome, _ = bench(url)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.splitlines()[-1].startswith(f"openenv: no server answers at {url.replace('http', 'ws')}/ws: ")


def test_a_url_where_something_else_answers_is_told(bench):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_with_nonsense, args=[listener], daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        outcome, _ = bench(url)
        listener.shutdown(socket.SHUT_RDWR)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.splitlines()[-1].startswith(
        f"openenv: {url.replace('http', 'ws')}/ws does not accept a WebSocket: "
    )


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ("kinds:Failing", "openenv: ValueError: no such step"),
        ("nowhere:Mirror", "openenv: mirror_env.nowhere:Mirror cannot be imported:"),
    ],
)
def test_an_environment_that_fails_is_told(bench, install, environment, said):
    install(environment)
    outcome, _ = bench("mirror-env")
    assert (outcome.status, outcome.out) == (1, "")
    assert said in outcome.err


def test_an_action_that_the_environment_refuses_is_told(bench):
    outcome, _ = bench("echo-env", "--action", '{"msg":"mine"}')
    assert outcome.status == 1
    assert "message: Field required" in outcome.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ftp://127.0.0.1:1",), "'ftp://127.0.0.1:1' is no server's address"),
        (("echo-env", "--action", "nonsense"), "'nonsense' is not JSON"),
        (("echo-env", "--action", "[1]"), "'[1]' is no JSON object of an action's fields"),
        (("echo-env", "--sessions", "0"), "0 is not in the range x>=1"),
        (("echo-env", "--seconds", "inf"), "inf is not in the range 0.0<x<=3600.0"),
    ],
)
def test_wrong_usage_is_told(run, words, said):
    outcome = run("bench", *words)
    assert outcome.status == 2
    assert said in outcome.err
