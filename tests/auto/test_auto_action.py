"""``AutoAction``: a name gives the action class of its environment."""

import pytest

from echo_env import EchoAction
from openenv import AutoAction, GenericAction
from openenv.errors import RuntimeUnavailable, UnknownEnvironment


@pytest.mark.parametrize("name", ["echo-env", "echo_env", "echo", "EchoEnv"])
def test_every_spelling_of_a_name_gives_the_class(name):
    assert AutoAction.from_env(name) is EchoAction


def test_without_installation_the_action_is_generic():
    assert AutoAction.from_env("not-installed", skip_install=True) is GenericAction


def test_from_hub_is_the_same_as_from_env():
    assert AutoAction.from_hub("echo") is EchoAction


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownEnvironment, match="Did you mean echo-env"):
        AutoAction.from_env("ecco")


def test_a_repository_is_not_installed():
    with pytest.raises(RuntimeUnavailable, match="pip install git"):
        AutoAction.from_env("org/echo-env")


def test_the_schema_of_a_name_s_action():
    assert AutoAction.get_action_info("echo") == EchoAction.model_json_schema()


def test_actions_are_listed_by_the_name_of_their_environment():
    listed = AutoAction.list_actions()
    assert listed["echo-env"] == "echo_env.models:EchoAction"
    assert listed["coding-env"] == "coding_env.models:CodeAction"
