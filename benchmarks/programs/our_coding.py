"""Resets and steps of the coding environment, embedded, with our synchronous client."""

from benchmarks.programs.rounds import answer_rounds_of
from coding_env import CodeAction
from openenv import AutoEnv

ACTION = CodeAction(code="x = 1\nprint(x)")

with AutoEnv.from_env("coding-env") as env:
    env.reset()
    answer_rounds_of({"reset": env.reset, "step": lambda: env.step(ACTION)})
