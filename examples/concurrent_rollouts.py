"""Eight episodes at once from one process: each session is independent, and they run beside each other."""

import asyncio

from echo_env import EchoAction
from openenv import AutoEnv


async def rollout(seed: int) -> float:
    """One episode; its return is the sum of its rewards."""
    async with AutoEnv.from_env("echo-env") as env:
        await env.reset(seed=seed)
        total = 0.0
        for word in ("observe", "act", "learn"):
            result = await env.step(EchoAction(message=word))
            total += result.reward or 0.0
        return total


async def main() -> None:
    """Gather them all."""
    returns = await asyncio.gather(*(rollout(seed) for seed in range(8)))
    print(f"{len(returns)} episodes, returns {[round(value, 1) for value in returns]}")


if __name__ == "__main__":
    asyncio.run(main())
