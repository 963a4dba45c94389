"""``openenv info``."""

import json

from echo_env import EchoAction, EchoObservation, EchoState


def test_an_environment_is_shown_with_its_parts_its_fields_and_how_to_use_it(run):
    outcome = run("info", "EchoEnv")
    assert outcome.status == 0
    assert outcome.out.startswith("echo-env: Repeats what it is told (openenv-echo-env ")
    assert "echo_env.models:EchoAction" in outcome.out
    assert "echoed_message" in outcome.out
    assert outcome.out.endswith(
        'from openenv import AutoEnv\nfrom echo_env.models import EchoAction\nenv = AutoEnv.from_env("echo-env")\n'
    )


def test_json_holds_the_schemas_of_the_models(run):
    shown = json.loads(run("info", "echo", "--json").out)
    assert shown["client"] == "echo_env.client:EchoEnv"
    assert shown["schemas"] == {
        "action": EchoAction.model_json_schema(),
        "observation": EchoObservation.model_json_schema(),
        "state": EchoState.model_json_schema(),
    }


def test_without_a_name_the_usage_is_shown(run):
    outcome = run("info")
    assert outcome.status == 2
    assert outcome.err.startswith("Usage: openenv info [OPTIONS] NAME\n")
