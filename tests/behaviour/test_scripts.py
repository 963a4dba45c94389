"""A script that defines its environment itself: the environment's process finds it there."""

import subprocess
import sys

import pytest

from tests.behaviour.colours import BOUND_S

SCRIPT = """
import dataclasses
import functools
import os

from openenv import Environment, EnvClient, State
from openenv.runtimes.embedded import EmbeddedRuntime


@dataclasses.dataclass
class Said:
    text: str


class Parrot(Environment[Said, Said, State]):
    def __init__(self, name="Polly"):
        super().__init__()
        self.name = name

    def reset(self):
        return Said(self.name)

    def step(self, action):
        return Said(f"{action.text} {action.text}")

    @property
    def state(self):
        return State(step_count=os.getpid())


class ParrotEnv(EnvClient[Said, Said, State]):
    pass


def main():
    with ParrotEnv(provider=EmbeddedRuntime(FACTORY)) as env:
        print(env.reset().observation.text, env.step(Said("hello")).observation.text)
        print(env.state().step_count != os.getpid())


"""
GUARDED = 'if __name__ == "__main__":\n    main()\n'


def run(path, text: str) -> subprocess.CompletedProcess[str]:
    path.write_text(text)
    return subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=BOUND_S, check=False)


@pytest.mark.parametrize(
    ("factory", "greeting"), [("Parrot", "Polly"), ("functools.partial(Parrot, name='Jack')", "Jack")]
)
def test_a_script_may_define_its_environment(tmp_path, factory, greeting):
    done = run(tmp_path / "parrot.py", SCRIPT.replace("FACTORY", factory) + GUARDED)
    assert (done.stdout, done.stderr) == (f"{greeting} hello hello\nTrue\n", "")


def test_a_script_that_starts_its_environment_on_import_is_told_how_to_write_it(tmp_path):
    done = run(tmp_path / "parrot.py", SCRIPT.replace("FACTORY", "Parrot") + "main()\n")
    assert done.returncode == 1
    assert done.stderr.count("EnvironmentFactoryError: __main__:Parrot cannot be imported") == 1
    assert 'put what starts it under `if __name__ == "__main__":`' in done.stderr
