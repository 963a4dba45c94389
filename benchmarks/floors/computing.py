"""The least for environments that compute for a millisecond: as many processes as cores that do nothing else. For each
number of seconds on standard input it prints the time of a step, in seconds."""

import json
import os
import sys
import time

from benchmarks.programs.waits import Computing, Go


def count(seconds: float) -> int:
    environment = Computing()
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        environment.step(Go())
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


def step_s(seconds: float) -> float:
    done = 0
    for read_end in [begin(seconds) for _ in range(os.cpu_count() or 1)]:
        with os.fdopen(read_end) as pipe:
            done += int(pipe.read())
        os.wait()
    return seconds / done


def main() -> None:
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(step_s(float(line))), flush=True)


if __name__ == "__main__":
    main()
