"""A program's side of a latency case: after a warm-up it times rounds of steps as it is asked to."""

import json
import sys
import time
from collections.abc import Callable

WARM_UP = 200
_STEPS_BETWEEN_LOOKS_AT_THE_CLOCK = 10


def answer_rounds(step: Callable[[], object]) -> None:
    """Print ``"ready"``; then, for each number of seconds on standard input, the mean time of a step, in seconds."""
    for _ in range(WARM_UP):
        step()
    _say("ready")
    for line in sys.stdin:
        _say(mean_time_s(step, seconds=float(line)))


def mean_time_s(step: Callable[[], object], *, seconds: float) -> float:
    """Steps for about that long."""
    steps, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds or not steps:
        for _ in range(_STEPS_BETWEEN_LOOKS_AT_THE_CLOCK):
            step()
        steps += _STEPS_BETWEEN_LOOKS_AT_THE_CLOCK
    return took / steps


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)
