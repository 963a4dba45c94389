"""Case: very many sessions on one server."""

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target
from benchmarks.interpreters import OURS as PYTHON
from benchmarks.processes import ContestantFailed, Program, run
from benchmarks.servers import our_server, reference_server

SESSIONS, REFERENCE_SESSIONS = 16_384, 512
HELD = Metric("held open", "sessions", better="higher")
MEMORY = Metric("memory", "KB/session", better="lower", scale=1 / 1024)
WALL = Metric("whole run", "s", better="lower")
EACH = Metric("time", "ms/session", better="lower", scale=1e3)

_TIMEOUT_S = 150.0
_OTHER_DESCRIPTORS = 256


def crowd(name: str, server: Callable[[], AbstractContextManager[tuple[str, Program]]], sessions: int) -> Contestant:
    """A server that is started anew each time, so that its memory is that of these sessions."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        def sample(seconds: float) -> dict[str, float]:
            _allow_descriptors(sessions + _OTHER_DESCRIPTORS)
            with server() as (url, program):
                words = [url, program.pid, sessions]
                command = [PYTHON, "-m", "benchmarks.crowd", *map(str, words)]
                found = json.loads(run(command, timeout_s=_TIMEOUT_S).printed)
            memory = (found["highest_bytes"] - found["idle_bytes"]) / sessions
            wall_s = found["seconds"]
            return {HELD.name: found["held"], MEMORY.name: memory, WALL.name: wall_s, EACH.name: wall_s / sessions}

        yield sample

    return Contestant(name, opened)


def case(sessions: int) -> Case:
    """With so many sessions on our server."""
    ours = f"ours, inline host, {sessions:,} sessions"
    reference = f"reference, {REFERENCE_SESSIONS:,} sessions"
    return Case(
        name="many-sessions",
        title=f"{sessions:,} sessions on one server",
        about="Sessions that connect, reset, take one step and then stay until all of them have (v1): how many were "
        "answered and are open together; by how much the server's resident memory has grown for each, at its highest; "
        "and the time from the first connection to the last one's end. Server and load share the machine's cores. The "
        "reference, which has a thread for each session, gets fewer of them.",
        metrics=(HELD, MEMORY, WALL, EACH),
        contestants=(
            crowd(ours, lambda: our_server(host_sessions="inline"), sessions),
            crowd(reference, reference_server, REFERENCE_SESSIONS),
        ),
        targets=(
            Target(HELD.name, ours, sessions, form="at least"),
            Target(MEMORY.name, ours, 40.0, form="at most", beside=reference),
            Target(WALL.name, ours, 30.0, form="at most"),
        ),
        full=Effort(rounds=3),
        quick=Effort(rounds=1),
    )


def _allow_descriptors(wanted: int) -> None:
    """Raise the soft limit, which the programs that are started inherit. ContestantFailed where the hard one forbids
    that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise ContestantFailed(f"{wanted:,} file descriptors are wanted, and this system allows {hard:,} (ulimit -n)")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


CASE = case(SESSIONS)
