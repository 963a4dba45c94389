"""The least for work on all cores: as many processes that do nothing else. For each number of seconds on standard input
it prints how often they have done the work, a second."""

import json
import os
import sys
import time

from benchmarks.programs.work import work


def count(seconds: float) -> int:
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        work()
        done += 1
    return done


def begin(seconds: float) -> int:
    """A process; what it is read from."""
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        os.write(write_end, str(count(seconds)).encode())
        os._exit(0)
    os.close(write_end)
    return read_end


def rate(seconds: float) -> float:
    began = time.perf_counter()
    counting = [begin(seconds) for _ in os.sched_getaffinity(0)]
    done = sum(int(os.read(fd, 32)) for fd in counting)
    took_s = time.perf_counter() - began
    for fd in counting:
        os.close(fd)
        os.wait()
    return done / took_s


for line in sys.stdin:
    print(json.dumps(rate(float(line))), flush=True)
