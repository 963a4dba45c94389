"""Our clients with the reference's server, and the reference's clients with ours."""

import asyncio
import json

import pytest

from openenv import EnvClient, GenericEnvClient
from openenv.errors import ExecutionError, ValidationError
from tests.compat.peers.game import Call, Score, Table
from tests.compat.reference import Program, reference_interpreter

GAME = [
    ["deal", None, False],
    ["knock", 5.0, False],
    "the dealer decides",
    ["out", 3.0, True],
    ["evening", 2, 8],
]
"""What every client sees of a game, on every server: typed and generic, synchronous and asynchronous."""


class PlainGameEnv(EnvClient[Call, Table, Score]):
    """A client without a hook."""


def test_our_clients_play_on_the_reference_s_server(reference_url):
    assert json.loads(Program("play", reference_url).output()) == [GAME] * 4


def test_the_reference_s_clients_play_on_our_server(our_url):
    games = json.loads(Program("play", our_url, python=reference_interpreter()).output())
    in_its_words = [*GAME[:2], "Server error: the dealer decides (code: EXECUTION_ERROR)", *GAME[3:]]
    assert games == [in_its_words] * 4


def test_a_client_of_the_reference_that_expects_pixels_as_one_list_of_integers_gets_them(screens_url):
    seen = json.loads(Program("watch", screens_url, python=reference_interpreter()).output())
    assert seen == [[[*range(12)], [2, 3, 2]], [[*range(100, 112)], [2, 3, 2]]]


def test_our_clients_play_on_our_server_by_plain_uvicorn(our_url):
    games = json.loads(Program("play", our_url).output())
    on_v2 = [*GAME[:2], "RuntimeError: the dealer decides", *GAME[3:]]
    assert games == [on_v2] * 4


def test_a_client_without_hooks_reads_what_the_reference_sends(reference_url):
    with PlainGameEnv(reference_url) as env:
        first = env.reset(seed=3, episode_id="evening")
        second = env.step(Call(word="knock"))
        assert (first.observation, first.metadata) == (Table(shown="deal", metadata={"seed": 3}), {"seed": 3})
        assert second.observation == Table(shown="knock", reward=5.0)
        assert env.state() == Score(episode_id="evening", step_count=1, points=5)


def test_the_reference_s_errors_are_ours_and_the_episode_goes_on(reference_url):
    with GenericEnvClient(reference_url) as env:
        env.reset()
        with pytest.raises(ExecutionError, match="the dealer decides"):
            env.step({"word": "argue"})
        with pytest.raises(ValidationError) as raised:
            env.step({"wood": "oak"})
        assert {tuple(error["loc"]) for error in raised.value.errors} >= {("word",), ("wood",)}
        assert env.step({"word": "go"}).observation["shown"] == "go"


def test_sessions_on_the_reference_s_server_are_independent(reference_url):
    async def two_games():
        async with PlainGameEnv(reference_url) as one:
            await one.reset(episode_id="one")
            other = await one.new_session()
            await other.reset(episode_id="other")
            await asyncio.gather(one.step(Call(word="a")), other.step(Call(word="abc")))
            return [((await env.state()).episode_id, (await env.state()).points) for env in (one, other)]

    assert asyncio.run(two_games()) == [("one", 1), ("other", 3)]


@pytest.mark.timeout(180)  # it waits for the minute that began before the first test
def test_a_synchronous_client_that_thinks_for_a_minute_keeps_its_episode_on_the_reference_s_server(thinker):
    assert thinker.output().split() == ["after", "11"]
