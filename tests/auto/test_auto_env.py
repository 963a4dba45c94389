"""``AutoEnv``: a name, and where it is to run, give a client that works at once."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from echo_env import EchoAction, EchoEnv, EchoState
from openenv import AutoAction, AutoEnv, GenericEnvClient
from openenv.errors import EnvironmentFactoryError, InvalidManifest, RuntimeUnavailable, UnknownEnvironment
from openenv.runtimes.process import ProcessRuntime
from tests.registry.plugins import install_broken

SPELLINGS = ["echo-env", "echo_env", "echo", "EchoEnv"]
RUNTIMES = ["embedded", "inprocess", "process"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_of_a_name_gives_the_environment_s_own_client(name):
    assert type(AutoEnv.from_env(name).async_client) is EchoEnv


def test_a_client_is_usable_at_once():
    env = AutoEnv.from_env("echo-env")
    try:
        env.reset()
        assert env.step(EchoAction(message="hi")).observation.echoed_message == "hi"
    finally:
        env.close()


def test_with_begins_and_ends_the_session():
    with AutoEnv.from_env("echo-env") as env:
        env.reset(episode_id="e")
        assert env.state() == EchoState(episode_id="e")


def test_async_with_gives_the_asynchronous_client():
    async def main():
        async with AutoEnv.from_env("echo-env") as env:
            assert type(env) is EchoEnv
            await env.reset()
            return (await env.step(EchoAction(message="hi"))).observation.echoed_message

    assert asyncio.run(main()) == "hi"


def test_awaiting_gives_the_asynchronous_client_connected():
    async def main():
        env = await AutoEnv.from_env("echo-env")
        try:
            return type(env), (await env.reset()).observation.echoed_message
        finally:
            await env.close()

    assert asyncio.run(main()) == (EchoEnv, "Echo environment ready")


def test_sync_gives_the_same_client():
    env = AutoEnv.from_env("echo-env")
    assert env.sync() is env


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_options_are_the_constructor_s_arguments(mirror, runtime):
    with AutoEnv.from_env(mirror, runtime=runtime, options={"size": 3, "names": ["a", "ü"]}) as env:
        assert env.reset().observation.options == {"size": 3, "names": ["a", "ü"]}


@pytest.mark.parametrize("runtime", ["embedded", "process"])
def test_env_vars_are_the_variables_of_the_environment_s_process_alone(mirror, runtime):
    action = AutoAction.from_env(mirror)(variable="OPENENV_TEST_WORD")
    with AutoEnv.from_env(mirror, runtime=runtime, env_vars={"OPENENV_TEST_WORD": "swordfish"}) as env:
        assert env.step(action).observation.value == "swordfish"
    assert "OPENENV_TEST_WORD" not in os.environ


def test_an_embedded_environment_runs_in_another_process(mirror):
    with AutoEnv.from_env(mirror) as env:
        assert env.reset().observation.process != os.getpid()


def test_an_environment_in_process_runs_in_this_one(mirror):
    with AutoEnv.from_env(mirror, runtime="inprocess") as env:
        assert env.reset().observation.process == os.getpid()


def test_options_that_the_constructor_does_not_take_are_an_error_with_its_words():
    env = AutoEnv.from_env("echo-env", options={"volume": 11})
    with pytest.raises(EnvironmentFactoryError, match="unexpected keyword argument 'volume'"):
        env.reset()
    env.close()


def test_a_base_url_connects_to_what_runs_there():
    server = ProcessRuntime("echo-env", options={"greeting": "over here"})
    try:
        with AutoEnv.from_env("echo-env", base_url=server.open().url) as env:
            assert env.reset().observation.echoed_message == "over here"
    finally:
        server.close()


def test_a_base_url_may_follow_the_name():
    assert AutoEnv.from_env("echo-env", "http://127.0.0.1:9").base_url == "http://127.0.0.1:9"


def test_client_options_reach_the_client_s_constructor():
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        AutoEnv.from_env("echo-env", colour="red")


@pytest.mark.parametrize("word", ["options", "env_vars"])
def test_what_a_running_server_cannot_be_given_is_refused_and_reset_is_named(word):
    with pytest.raises(TypeError, match=rf"^{word} cannot reach a server that runs already: .*reset\(\*\*options\)$"):
        AutoEnv.from_env("echo-env", base_url="http://127.0.0.1:9", **{word: {"a": "b"}})


def test_a_base_url_and_another_runtime_contradict_each_other():
    with pytest.raises(TypeError, match="leave out runtime='process'"):
        AutoEnv.from_env("echo-env", base_url="http://127.0.0.1:9", runtime="process")


def test_env_vars_of_this_very_process_are_refused():
    with pytest.raises(ValueError, match=r"variables of this very process.*runtime=\"embedded\""):
        AutoEnv.from_env("echo-env", runtime="inprocess", env_vars={"A": "b"})


def test_env_vars_are_strings():
    with pytest.raises(TypeError, match=r"env_vars\['A'\] is 1; environment variables are strings"):
        AutoEnv.from_env("echo-env", env_vars={"A": 1})


def test_options_that_json_does_not_hold_are_refused_where_they_would_be_written_as_such():
    with pytest.raises(TypeError, match=r'cannot be written as JSON.*use runtime="embedded"'):
        AutoEnv.from_env("echo-env", runtime="process", options={"seen": {1, 2}})


@pytest.mark.parametrize("runtime", ["docker", "podman"])
def test_a_container_runtime_is_not_available_yet(runtime):
    expected = f"this version has no runtime '{runtime}'; it has 'embedded', 'inprocess', 'process'"
    with pytest.raises(RuntimeUnavailable, match=expected):
        AutoEnv.from_env("echo-env", runtime=runtime)


def test_an_unknown_runtime_is_a_value_error():
    expected = "there is no runtime 'embeded'; write one of 'embedded', 'inprocess', 'process'"
    with pytest.raises(ValueError, match=expected):
        AutoEnv.from_env("echo-env", runtime="embeded")


@pytest.mark.parametrize("container", [{"docker_image": "echo:1"}, {"container_provider": object()}])
def test_containers_are_not_available_yet_and_the_error_says_what_works(container):
    with pytest.raises(RuntimeUnavailable, match=r"container runtime.*runs embedded.*base_url"):
        AutoEnv.from_env("echo-env", **container)


def test_an_unknown_name_suggests_the_nearest_and_says_how_to_install():
    with pytest.raises(UnknownEnvironment, match=r"Did you mean echo-env\?.*pip install openenv-ecco-env"):
        AutoEnv.from_env("ecco")


def test_a_broken_plug_in_says_why(site):
    install_broken(site, name="broken-env", plugin="raise ValueError('no licence')")
    with pytest.raises(InvalidManifest, match="ValueError: no licence"):
        AutoEnv.from_env("broken-env")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:80", "https://a.example", "ws://127.0.0.1/ws", "WSS://a.example"]
)
def test_an_address_in_place_of_a_name_is_pointed_at_base_url(address):
    with pytest.raises(ValueError, match=rf"pass base_url='{address}'.*GenericEnvClient\(base_url='{address}'\)"):
        AutoEnv.from_env(address)


@pytest.mark.parametrize("place", ["", "https://huggingface.co/spaces/", "huggingface.co/", "hf.co/spaces/"])
def test_a_repository_in_place_of_a_name_says_how_to_use_it(place):
    with pytest.raises(RuntimeUnavailable) as raised:
        AutoEnv.from_env(f"{place}org/My_env")
    assert "pip install git+https://huggingface.co/spaces/org/My_env" in str(raised.value)
    assert "GenericEnvClient(base_url='https://org-my-env.hf.space')" in str(raised.value)


def test_without_installation_a_url_gives_the_generic_client():
    env = AutoEnv.from_env("not-installed", base_url="http://127.0.0.1:9", skip_install=True)
    assert type(env.async_client) is GenericEnvClient


def test_an_installed_environment_can_be_had_with_the_generic_client():
    with AutoEnv.from_env("echo-env", skip_install=True) as env:
        env.reset()
        assert env.step({"message": "hi"}).observation["echoed_message"] == "hi"


def test_the_words_of_existing_code_that_need_no_answer_here_are_accepted():
    env = AutoEnv.from_env("echo-env", wait_timeout=30.0, trust_remote_code=True, skip_install=False)
    assert type(env.async_client) is EchoEnv


def test_from_hub_is_the_same_as_from_env():
    assert type(AutoEnv.from_hub("echo", skip_install=True).async_client) is GenericEnvClient


def test_the_client_class_of_a_name():
    assert AutoEnv.get_env_class("echo") is EchoEnv


def test_the_description_of_a_name():
    assert AutoEnv.get_env_info("echo").client == "echo_env.client:EchoEnv"


def test_the_installed_environments_are_listed_by_name():
    listed = AutoEnv.list_environments()
    assert {"coding-env", "echo-env"} <= set(listed)
    assert listed["echo-env"] == AutoEnv.get_env_info("echo-env")


def test_what_is_listed_is_the_caller_s_own():
    AutoEnv.list_environments().clear()
    assert "echo-env" in AutoEnv.list_environments()


def test_an_embedded_environment_leaves_its_server_s_modules_out_of_this_process():
    program = """
import json, sys
from openenv import AutoEnv
from echo_env import EchoAction
with AutoEnv.from_env("echo-env") as env:
    env.reset()
    env.step(EchoAction(message="hi"))
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    modules = json.loads(done.stdout)
    assert {"fastapi", "numpy", "starlette", "uvicorn", "echo_env.server"}.isdisjoint(modules)
    assert len(modules) <= 340
