"""Sessions on a server are the same on every host and every wire: on its event loop, on threads, in processes."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from atari_env import AtariAction, AtariEnv

TARGET = "atari_env.server.atari_environment:AtariEnvironment"
HOSTS = ("inline", "thread", "process")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of a server with the environment on each host."""
    command = [sys.executable, "-m", "tests.behaviour.served", TARGET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def pressed(env: Any, count: int) -> list[tuple[bytes, str]]:
    results = [env.step(AtariAction(action_id=number % 6)) for number in range(count)]
    return [(one.observation.screen.tobytes(), repr(one)) for one in results]


def test_an_episode_is_the_same_on_every_host_and_wire(url):
    seen = []
    for host in HOSTS:
        for wire in ("v1", "auto"):
            with AtariEnv(f"{url}/{host}/AtariEnvironment", wire=wire) as env:
                first = env.reset(game="qbert", seed=5, repeat_action_probability=0.25)
                seen.append((first.observation.screen.shape, pressed(env, 12), repr(env.state().step_count)))
    assert seen == [seen[0]] * len(seen)


@pytest.mark.parametrize("host", HOSTS)
def test_a_session_is_forked_kept_and_restored_on_every_host(url, host):
    with AtariEnv(f"{url}/{host}/AtariEnvironment") as env:
        env.reset(game="tetris", seed=5, repeat_action_probability=0.25)
        pressed(env, 30)
        kept = env.snapshot()
        with env.fork(1)[0] as branch:
            wanted = pressed(env, 20)
            assert pressed(branch, 20) == wanted
        env.restore(kept)
        assert pressed(env, 20) == wanted
