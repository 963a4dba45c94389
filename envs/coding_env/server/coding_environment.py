"""The coding environment."""

import uuid
from typing import Any

from coding_env.models import CodeAction, CodeObservation, CodeState
from coding_env.server.child_interpreter import ChildInterpreter
from coding_env.server.interpreter import Interpreter, RunResult
from openenv import Environment
from openenv.contract.transforms import Transform


class CodingEnvironment(Environment[CodeAction, CodeObservation, CodeState]):
    """Runs Python code. Variables persist within an episode; each ``reset`` starts a new interpreter in an empty
    directory. There is no reward and no end: ``transform`` may give observations both.

    ``timeout_s`` bounds each step that is given no time of its own. Of each of stdout and stderr the first and the last
    ``max_output_bytes / 2`` bytes are kept. ``show_value`` prints the value of a last expression, as the interactive
    interpreter does.
    """

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(
        self,
        *,
        timeout_s: float = 30.0,
        max_output_bytes: int = 64 * 1024,
        show_value: bool = False,
        transform: Transform[CodeObservation] | None = None,
    ) -> None:
        super().__init__(transform)
        if not timeout_s > 0:
            raise ValueError(f"timeout_s is {timeout_s!r}; it must be more than 0 seconds")
        if max_output_bytes < 1024:
            raise ValueError(f"max_output_bytes is {max_output_bytes!r}; it must be at least 1,024")
        self._timeout_s = timeout_s
        self._max_output_bytes = max_output_bytes
        self._show_value = show_value
        self._state = CodeState()
        self._interpreter: Interpreter | None = None

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> CodeObservation:
        """A new interpreter. ``seed`` fixes its hashes (the order of sets of strings) and the module ``random``."""
        self.close()
        self._state = CodeState(episode_id=episode_id or str(uuid.uuid4()))
        return self._observe(self._start(seed), RunResult())

    def step(self, action: CodeAction, timeout_s: float | None = None, **options: Any) -> CodeObservation:
        """Run the code. Before the first ``reset`` this starts an interpreter; after that was lost it says so, until
        the next ``reset``."""
        interpreter = self._interpreter or self._start(seed=None)
        result = interpreter.run(action.code, timeout_s=self._timeout_s if timeout_s is None else timeout_s)
        self._state.step_count += 1
        self._state.last_exit_code = result.exit_code
        return self._observe(interpreter, result)

    @property
    def state(self) -> CodeState:
        """The episode and how the last step ended."""
        return self._state

    def close(self) -> None:
        """End the interpreter and all that it started; remove its files."""
        interpreter, self._interpreter = self._interpreter, None
        if interpreter is not None:
            interpreter.close()

    def _start(self, seed: int | None) -> Interpreter:
        interpreter = ChildInterpreter(seed=seed, show_value=self._show_value, max_output_bytes=self._max_output_bytes)
        self._interpreter = interpreter
        return interpreter

    def _observe(self, interpreter: Interpreter, result: RunResult) -> CodeObservation:
        observation = CodeObservation(
            stdout=result.stdout,
            stderr=result.stderr,
            exit_code=result.exit_code,
            metadata={
                "isolation": interpreter.isolation,
                "interpreter": "alive" if result.alive else "gone",
                "timed_out": result.timed_out,
            },
        )
        return self._apply_transform(observation)
