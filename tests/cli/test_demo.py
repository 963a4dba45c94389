"""``openenv demo``: an episode in every installed environment, whatever happens in one of them."""

import json

import pytest

from tests.registry.plugins import MIRROR, MIRROR_CLIENT, MIRROR_PLUGIN, install_broken, register, write_package

ISOLATED = '''
from typing import Iterator
from mirror_env.server import Mirror, MirrorAction, MirrorObservation


class Vault(Mirror):
    """Ends after two steps, says what holds it, and rewards each step with a half."""

    def step(self, action: MirrorAction) -> MirrorObservation:
        self._steps = getattr(self, "_steps", 0) + 1
        return MirrorObservation(reward=0.5, done=self._steps == 2, metadata={"isolation": "walls"})


def policy() -> Iterator[MirrorAction]:
    return (MirrorAction(variable="HOME") for _ in range(9))


def breaking() -> Iterator[MirrorAction]:
    yield MirrorAction(variable="HOME")
    raise KeyError("no more ideas")
'''


@pytest.fixture
def demo(run, site, monkeypatch):
    """Runs the demo with one more environment; gives the outcome and the episode played there."""
    monkeypatch.setenv("PYTHONPATH", str(site))

    def call(*, environment: str = "vault:Vault", policy: str | None = "vault:policy"):
        plugin = MIRROR_PLUGIN.replace('mirror_env.server:Mirror"', f'mirror_env.{environment}"')
        if policy is not None:
            plugin = plugin.replace("summary=", f'example_policy="mirror_env.{policy}", summary=')
        modules = {"server": MIRROR, "client": MIRROR_CLIENT, "plugin": plugin, "vault": ISOLATED}
        write_package(site, "mirror_env", modules)
        register(site, name="mirror-env", target="mirror_env.plugin:environment", distribution="openenv-mirror-env")
        outcome = run("demo", "--json")
        (episode,) = [played for played in json.loads(outcome.out) if played["environment"] == "mirror-env"]
        return outcome, episode

    return call


def test_an_episode_is_played_until_it_is_done(demo):
    outcome, episode = demo()
    assert outcome.status == 0
    assert episode.pop("median_step_s") > 0
    assert episode == {"environment": "mirror-env", "steps": 2, "reward": 1.0, "isolation": "walls", "error": None}


def test_an_environment_that_says_nothing_of_its_isolation_has_the_runtime_s(demo):
    _, episode = demo(environment="server:Mirror")
    assert episode["isolation"] == "none (a process of its own)"


def test_rewards_that_are_never_given_are_not_zero(demo):
    _, episode = demo(environment="server:Mirror")
    assert (episode["steps"], episode["reward"]) == (9, None)


def test_an_environment_without_a_policy_is_only_reset(demo):
    outcome, episode = demo(policy=None)
    assert outcome.status == 0
    assert (episode["steps"], episode["median_step_s"], episode["error"]) == (0, None, None)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"environment": "nowhere:Mirror"}, "EnvironmentFactoryError: "),
        ({"policy": "vault:breaking"}, "KeyError: 'no more ideas'"),
        ({"policy": "vault:missing"}, "InvalidManifest: module 'mirror_env.vault' has no 'missing'"),
    ],
    ids=["environment", "policy", "description"],
)
def test_one_that_fails_stops_no_other_and_the_status_says_so(demo, wrong, error):
    outcome, episode = demo(**wrong)
    assert outcome.status == 1
    assert episode["error"].startswith(error)
    assert f"openenv: mirror-env failed: {error}" in outcome.err
    others = {played["environment"]: played["error"] for played in json.loads(outcome.out)}
    assert others["echo-env"] is None


def test_a_broken_plug_in_counts_as_a_failure(run, site):
    install_broken(site, name="broken-env", plugin="import no_such_module")
    outcome = run("demo")
    assert outcome.status == 1
    (row,) = [line for line in outcome.out.splitlines() if "broken-env" in line]
    assert [cell.strip() for cell in row.split("│")[1:-1]] == ["broken-env", "0", "–", "–", "–", "failed"]


def test_the_table_shows_what_was_played(run):
    outcome = run("demo")
    assert outcome.status == 0
    (row,) = [line for line in outcome.out.splitlines() if "echo-env" in line]
    *cells, median, isolation, result = [cell.strip() for cell in row.split("│")[1:-1]]
    assert (cells, isolation, result) == (["echo-env", "4", "4.10"], "none (a process of its own)", "ok")
    assert median.endswith((" µs", " ms"))


def test_the_progress_stays_out_of_the_output(run):
    outcome = run("demo")
    assert "━" in outcome.err
    assert "4/4" in outcome.err
    assert "4/4" not in outcome.out
