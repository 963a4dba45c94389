"""Case: 200 connections at once."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target
from benchmarks.interpreters import OURS as PYTHON
from benchmarks.processes import Program, run
from benchmarks.servers import our_server, reference_server, serving

CONNECTIONS = 200
RATE = Metric("rate", "messages/s", better="higher")
CPU = Metric("server CPU", "µs/message", better="lower", scale=1e6)

OURS, REFERENCE, RAW = "ours, thread host", "reference", "raw WebSocket echo"
FLOOR = "floor (uvicorn, a thread for each session, JSON, models, no framework)"


def loaded(name: str, server: Callable[[], AbstractContextManager[tuple[str, Program]]]) -> Contestant:
    """A server under load."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        with server() as (url, program):

            def sample(seconds: float) -> dict[str, float]:
                words = [url, program.pid, CONNECTIONS, seconds]
                load = json.loads(run([PYTHON, "-m", "benchmarks.load", *map(str, words)]).printed)
                messages = load["messages"]
                return {RATE.name: messages / load["seconds"], CPU.name: load["server_cpu_s"] / messages}

            sample(0.3)  # a warm-up
            yield sample

    return Contestant(name, opened)


CASE = Case(
    name="connections",
    title=f"{CONNECTIONS} connections, small JSON messages (v1)",
    about=f"Replies a second when {CONNECTIONS} connections each send a step of the echo environment, wait for the "
    "reply and send the next; and the processor's time that the server uses for each. Connecting is not "
    "counted. Server and load generator share the machine's cores. The raw echo looks into no message: it "
    "shows what the load generator can do.",
    metrics=(RATE, CPU),
    contestants=(
        loaded(OURS, our_server),
        loaded(REFERENCE, reference_server),
        loaded(RAW, lambda: serving([PYTHON, "-m", "benchmarks.programs.raw_websocket"])),
        loaded(FLOOR, lambda: serving([PYTHON, "-m", "benchmarks.floors.websocket_server"])),
    ),
    targets=(Target(RATE.name, OURS, 2.0, form="times better", beside=REFERENCE, floor=FLOOR),),
    full=Effort(rounds=5, seconds=2.0),
    quick=Effort(rounds=3, seconds=0.5),
)
