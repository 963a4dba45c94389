"""``openenv doctor``."""

import json

from openenv.sandbox import Sandbox
from openenv.sandbox import jail as jails


def test_each_level_is_tried_and_the_best_is_the_one_that_a_sandbox_gets(run):
    outcome = run("doctor")
    with Sandbox() as sandbox:
        level = sandbox.isolation.level
    assert (outcome.status, outcome.err) == (0, "")
    assert f"Sandboxes here have level {level}." in outcome.out
    assert [line.split()[1] for line in outcome.out.splitlines()[:4]] == [
        "jail+cgroup",
        "jail",
        "container",
        "landlock",
    ]


def test_json_says_what_is_in_force(run):
    data = json.loads(run("doctor", "--json").out)
    (best,) = [found for found in data["levels"] if found["level"] == data["best"]]
    assert best["isolation"]["seccomp"] is True
    assert best["reason"] == ""


def test_what_is_missing_is_named_with_the_command_that_brings_it(run, monkeypatch):
    monkeypatch.setattr(jails.shutil, "which", lambda *args, **options: None)
    outcome = run("doctor")
    assert "bubblewrap is not installed" in outcome.out
    assert "sudo apt-get install --yes bubblewrap" in outcome.out
