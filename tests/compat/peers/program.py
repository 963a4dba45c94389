"""A program that uses the coding environment with this interpreter's client, and models with the fields that the
reference's have; it prints what it saw, as JSON."""

import json
import sys
from typing import Any

from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient
from openenv.core.env_server import Action, Observation, State


class CodeAction(Action):
    """What older clients send."""

    code: str


class CodeObservation(Observation):
    """What they take; they refuse other fields."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0


class CodeState(State):
    """What they know of the state."""

    last_exit_code: int = 0


class CodingEnv(EnvClient[CodeAction, CodeObservation, CodeState]):
    """With the hooks that the reference asks for."""

    def _step_payload(self, action: CodeAction) -> dict[str, Any]:
        return {"code": action.code}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[CodeObservation]:
        observation = CodeObservation(**payload["observation"])
        return StepResult(observation=observation, reward=payload.get("reward"), done=payload.get("done", False))

    def _parse_state(self, payload: dict[str, Any]) -> CodeState:
        return CodeState(**payload)


def seen(result: StepResult[CodeObservation]) -> list[Any]:
    """What a result says."""
    observation = result.observation
    last_line = observation.stderr.splitlines()[-1:]
    return [observation.stdout, last_line, observation.exit_code, result.reward, result.done]


def main() -> None:
    """An episode."""
    with CodingEnv(base_url=sys.argv[1]).sync() as env:
        results = [seen(env.reset())]
        for code in ("x = 6", "print(x * 7)", "1 / 0", "import sys; sys.exit(3)", "import os; os._exit(4)", "print(x)"):
            results.append(seen(env.step(CodeAction(code=code))))
        state = env.state()
        results += [
            [state.step_count, state.last_exit_code],
            seen(env.reset()),
            seen(env.step(CodeAction(code="print(1)"))),
        ]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
