"""``openenv list``."""

import json

from openenv.registry.discovery import describe
from tests.registry.plugins import install_broken, install_mirror


def test_installed_environments_are_listed_with_what_they_are_and_where_from(run, site):
    install_mirror(site)
    outcome = run("list")
    assert (outcome.status, outcome.err) == (0, "")
    (row,) = [line for line in outcome.out.splitlines() if "mirror-env " in line]
    cells = [cell.strip() for cell in row.split("│")[1:-1]]
    assert cells == ["mirror-env", "Says where it runs", "openenv-mirror-env 1.0"]


def test_a_plug_in_that_cannot_be_used_is_reported_beside_the_list(run, site):
    install_broken(site, name="broken-env", plugin="import no_such_module")
    outcome = run("list")
    assert outcome.status == 0
    assert "echo-env" in outcome.out
    assert outcome.err == (
        "openenv: broken-env (from openenv-broken-env 1.0) cannot be used: the plug-in broken_env.plugin:environment "
        "of broken-env cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'\n"
    )


def test_json_holds_the_descriptions_and_what_is_broken(run, site):
    install_mirror(site)
    install_broken(site, name="broken-env", plugin="raise ValueError('no licence')")
    listed = json.loads(run("list", "--json").out)
    (mirror,) = [found for found in listed["environments"] if found["name"] == "mirror-env"]
    assert mirror == {**vars(describe("mirror-env")), "distribution": "openenv-mirror-env 1.0"}
    (broken,) = listed["broken"]
    assert (broken["name"], broken["distribution"]) == ("broken-env", "openenv-broken-env 1.0")
    assert broken["reason"].endswith("ValueError: no licence")


def test_where_nothing_is_installed_the_way_to_install_is_named(run, monkeypatch):
    from openenv.registry import discovery

    monkeypatch.setattr(discovery, "GROUP", "openenv.environments.of.nobody")
    discovery.refresh()
    try:
        assert run("list").out == "No environments are installed. Install one with: pip install openenv-NAME-env\n"
    finally:
        monkeypatch.undo()
        discovery.refresh()
