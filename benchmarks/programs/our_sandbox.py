"""Our sandbox, as its user meets it: ``our_sandbox WHAT [READY]``."""

import functools
import resource
import statistics
import sys
import threading
import time

from benchmarks.programs.memory_of_processes import memory_of
from benchmarks.programs.rounds import answer_measurements, answer_rounds
from openenv.sandbox import Sandbox

AT_A_TIME, BRANCHES, EPISODES, SESSIONS = 5, 8, 30, 400
REFILLED_WITHIN_S = 0.1
CODE = "x = 1\nprint(x)"
LADEN = """
heap = [bytearray(1000) for _ in range(100_000)]
for number in range(16):
    open(f'file-{number}', 'wb').write(bytes(1 << 16))
"""


def create(sandbox: Sandbox, pause_s: float) -> float:
    """The median time until a new session can be asked."""
    taken = []
    for _ in range(AT_A_TIME):
        time.sleep(pause_s)
        began = time.perf_counter()
        with sandbox.session():
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def fork(sandbox: Sandbox) -> float:
    """The time for each branch."""
    with sandbox.session() as session:
        assert session.exec(LADEN).ok
        began = time.perf_counter()
        branches = session.fork(BRANCHES)
        taken_s = time.perf_counter() - began
        for branch in branches:
            branch.close()
    return taken_s / BRANCHES


def episodes(sandbox: Sandbox) -> float:
    """How many there are in a second, from two threads."""

    def play() -> None:
        for _ in range(EPISODES):
            with sandbox.session() as session:
                for _ in range(3):
                    assert session.exec(CODE).ok

    threads = [threading.Thread(target=play) for _ in range(2)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(threads) * EPISODES / (time.perf_counter() - began)


def memory(sandbox: Sandbox) -> float:
    """Of each of many that have run something and idle; all of them answer once more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    before = memory_of(sandbox.isolation.user_id)
    sessions = [sandbox.session() for _ in range(SESSIONS)]
    assert all(session.exec(CODE).ok for session in sessions)
    used = memory_of(sandbox.isolation.user_id) - before
    assert all(session.exec(CODE).ok for session in sessions)
    for session in sessions:
        session.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return used / SESSIONS


if __name__ == "__main__":
    what, ready = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with Sandbox(["numpy"], level="jail", ready=ready) as sandbox:
        if what == "exec":
            with sandbox.session() as session:
                answer_rounds(lambda: session.exec(CODE))
        else:
            pause_s = REFILLED_WITHIN_S if ready else 0.0
            measures = {
                "create": functools.partial(create, sandbox, pause_s),
                "fork": functools.partial(fork, sandbox),
                "episodes": functools.partial(episodes, sandbox),
                "memory": functools.partial(memory, sandbox),
            }
            answer_measurements(measures[what])
