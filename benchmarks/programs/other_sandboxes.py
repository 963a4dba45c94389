"""What else runs Python that a model has written: ``other_sandboxes WHAT WHO``."""

import functools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.programs.rounds import answer_measurements, answer_rounds
from openenv.sandbox.container import IMAGE

AT_A_TIME, EPISODES = 3, 10
CODE = "x = 1\nprint(x)"
_SHOWN = ("/usr", "/bin", "/lib", "/lib64", sys.base_prefix)


def answered(command: list[str]) -> "subprocess.Popen[str]":
    """A new interpreter that has said that it can be asked."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def interpreter(preamble: str = "import numpy") -> list[str]:
    """A plain one, that runs lines of code, with nothing that holds it."""
    loop = "import sys\nprint('ready', flush=True)\nfor line in sys.stdin: exec(eval(line)); print(flush=True)"
    return [sys.executable, "-I", "-c", f"{preamble}\n{loop}"]


def container() -> list[str]:
    """The same in a container of its own, whose image has nothing in it: it shows the programs of the host."""
    shown = [word for path in _SHOWN if os.path.exists(path) for word in ("--volume", f"{path}:{path}:ro")]
    python = os.path.realpath(sys.executable)
    return ["docker", "run", "--rm", "-i", "--network", "none", *shown, IMAGE, python, *interpreter("")[1:]]


def create(command: list[str]) -> float:
    """The median time until a new one can be asked."""
    taken = []
    for _ in range(AT_A_TIME):
        began = time.perf_counter()
        with answered(command) as process:
            taken.append(time.perf_counter() - began)
            end(process)
    return statistics.median(taken)


def end(process: "subprocess.Popen[str]") -> None:
    """It ends with its input."""
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def ask(process: "subprocess.Popen[str]") -> None:
    """Run the code there."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{CODE!r}\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.readline()


def episodes(command: list[str]) -> float:
    """How many there are in a second, one after the other."""
    began = time.perf_counter()
    for _ in range(EPISODES):
        with answered(command) as process:
            for _ in range(3):
                ask(process)
            end(process)
    return EPISODES / (time.perf_counter() - began)


def smolagents_exec() -> Callable[[], object]:
    """An interpreter of Python's syntax in this process."""
    from smolagents.local_python_executor import LocalPythonExecutor  # only this contestant needs it

    executor = LocalPythonExecutor(additional_authorized_imports=["numpy"])
    executor.send_tools({})
    return functools.partial(executor, CODE)


if __name__ == "__main__":
    what, who = sys.argv[1:3]
    if who == "smolagents":
        answer_rounds(smolagents_exec())
    else:
        command = {"interpreter": interpreter, "docker": container}[who]()
        if what == "exec":
            with answered(command) as process:
                answer_rounds(lambda: ask(process))
        else:
            answer_measurements(functools.partial({"create": create, "episodes": episodes}[what], command))
