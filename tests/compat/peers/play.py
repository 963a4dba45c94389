"""A program that plays the game on a server with this interpreter's clients; it prints what it saw, as JSON."""

import asyncio
import json
import sys

from game import Call, GameEnv  # type: ignore[import-not-found]  # beside this program

from openenv import GenericEnvClient


def seen(result) -> list:
    """What a result says, without the type of its observation."""
    observation = result.observation
    shown = observation["shown"] if isinstance(observation, dict) else observation.shown
    return [shown, result.reward, result.done]


def play(env, act) -> list:
    """One game with a synchronous client."""
    results = [seen(env.reset(seed=3, episode_id="evening")), seen(env.step(act("knock")))]
    results.append(failure(lambda: env.step(act("argue"))))
    return [*results, seen(env.step(act("out"))), said(env.state())]


async def play_async(env, act) -> list:
    """The same with an asynchronous one."""
    results = [seen(await env.reset(seed=3, episode_id="evening")), seen(await env.step(act("knock")))]
    try:
        await env.step(act("argue"))
    except RuntimeError as error:
        results.append(str(error))
    return [*results, seen(await env.step(act("out"))), said(await env.state())]


def failure(call) -> str:
    """The text of what a call raises."""
    try:
        call()
    except RuntimeError as error:
        return str(error)
    return "nothing"


def said(state) -> list:
    """What a state says."""
    fields = state if isinstance(state, dict) else state.model_dump()
    return [fields["episode_id"], fields["step_count"], fields["points"]]


async def on_a_loop(url: str) -> list:
    """The asynchronous games."""
    games = []
    for kind, act in ((GameEnv, lambda word: Call(word=word)), (GenericEnvClient, lambda word: {"word": word})):
        async with kind(base_url=url) as env:
            games.append(await play_async(env, act))
    return games


def main() -> None:
    """Play with every client."""
    url = sys.argv[1]
    with GameEnv(base_url=url).sync() as typed, GenericEnvClient(base_url=url).sync() as generic:
        games = [play(typed, lambda word: Call(word=word)), play(generic, lambda word: {"word": word})]
    print(json.dumps(games + asyncio.run(on_a_loop(url))))


if __name__ == "__main__":
    main()
