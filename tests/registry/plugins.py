"""Packages with environments, written where a test wants them and installed as far as discovery looks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openenv.registry import discovery

MIRROR = '''
import os
from pathlib import Path
from openenv import Action, Environment, Observation, State


class MirrorAction(Action):
    variable: str


class MirrorObservation(Observation):
    value: str | None = None
    process: int = 0
    options: dict = {}


class Mirror(Environment[MirrorAction, MirrorObservation, State]):
    """Says where it runs: its process, its options and that process's variables."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, farewell: str | None = None, **options) -> None:
        super().__init__()
        self._farewell = farewell
        self._options = options

    def reset(self, **options) -> MirrorObservation:
        return MirrorObservation(process=os.getpid(), options=self._options)

    def step(self, action: MirrorAction) -> MirrorObservation:
        return MirrorObservation(value=os.environ.get(action.variable), process=os.getpid(), options=self._options)

    @property
    def state(self) -> State:
        return State()

    def close(self) -> None:
        if self._farewell is not None:
            Path(self._farewell).write_text("closed")
'''

MIRROR_PLUGIN = """
from openenv.registry.description import EnvironmentDescription

environment = EnvironmentDescription(
    name="mirror-env",
    summary="Says where it runs",
    environment="mirror_env.server:Mirror",
    client="mirror_env.client:MirrorEnv",
    action="mirror_env.server:MirrorAction",
    observation="mirror_env.server:MirrorObservation",
)
"""

MIRROR_CLIENT = '''
from mirror_env.server import MirrorAction, MirrorObservation
from openenv import EnvClient, State


class MirrorEnv(EnvClient[MirrorAction, MirrorObservation, State]):
    """A session of the mirror."""
'''


@contextmanager
def site_packages(folder: Path) -> Iterator[Path]:
    """Packages in this folder are installed for this process; afterwards nothing of them is left."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    discovery.refresh()
    try:
        yield folder
    finally:
        sys.path[:] = [entry for entry in sys.path if entry != str(folder)]
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
                del sys.modules[name]
        discovery.refresh()


def write_package(folder: Path, name: str, modules: dict[str, str]) -> None:
    """A package with these modules, below a folder that is to be on the path."""
    (folder / name).mkdir()
    for module, text in {"__init__": "", **modules}.items():
        (folder / name / f"{module}.py").write_text(text)


def register(folder: Path, *, name: str, target: str, distribution: str) -> None:
    """What an installer leaves behind for a distribution with one environment, version 1.0."""
    metadata = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{discovery.GROUP}]\n{name} = {target}\n")


def install_mirror(folder: Path) -> None:
    """The environment ``mirror-env``."""
    write_package(folder, "mirror_env", {"server": MIRROR, "client": MIRROR_CLIENT, "plugin": MIRROR_PLUGIN})
    register(folder, name="mirror-env", target="mirror_env.plugin:environment", distribution="openenv-mirror-env")


def install_broken(folder: Path, *, name: str, plugin: str) -> None:
    """An environment whose plug-in has this text."""
    package = name.replace("-", "_")
    write_package(folder, package, {"plugin": plugin})
    register(folder, name=name, target=f"{package}.plugin:environment", distribution=f"openenv-{name}")
