import os
import select
import sys
import time

import pytest

from benchmarks.processes import ContestantFailed, Program, cpu_s_of, run

WAITS = "import signal; print('up', flush=True); signal.pause()"
# Its child outlives it and holds its standard output.
LEAVES_A_CHILD = (
    "import subprocess, sys\n"
    f"child = subprocess.Popen([sys.executable, '-c', {WAITS!r}], stdout=subprocess.PIPE)\n"
    "child.stdout.readline()\n"
    "print(child.pid, flush=True)"
)


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def ends(pid: int, *, within_s: float) -> bool:
    """Also a process that is no child of ours."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([pidfd], [], [], within_s)[0])
    finally:
        os.close(pidfd)


def test_a_run_gives_what_was_printed_and_the_time_of_the_processor():
    done = run(program("import time\nwhile time.process_time() < 0.2: pass\nprint('done')"))
    assert done.printed == "done\n"
    assert 0.2 <= done.cpu_s < 2


def test_a_run_that_does_not_end_is_ended():
    with pytest.raises(ContestantFailed, match=r"did not end within 0\.2 s"):
        run(program(WAITS), timeout_s=0.2)


def test_a_program_that_is_not_installed_is_a_failure_that_says_what_installs_it():
    with pytest.raises(ContestantFailed, match="there is no /nowhere/python; scripts/set-up"):
        Program(["/nowhere/python", "-m", "anything"])


def test_a_run_that_fails_is_told_with_its_last_words():
    with pytest.raises(ContestantFailed, match=r"ended with status 3:\nno such luck"):
        run(program("import sys; print('no such luck', file=sys.stderr); sys.exit(3)"))


def test_a_run_leaves_none_of_its_children():
    assert ends(int(run(program(LEAVES_A_CHILD)).printed), within_s=5)


def test_a_program_answers_line_by_line():
    doubles = "import json, sys\nfor line in sys.stdin: print(json.dumps(2 * json.loads(line)), flush=True)"
    with Program(program(doubles)) as doubling:
        assert [doubling.ask(2), doubling.ask("ab")] == [4, "abab"]


def test_a_program_that_keeps_silent_is_told():
    with Program(program(WAITS)) as waiting:
        assert waiting.line(30) == "up"
        with pytest.raises(ContestantFailed, match=r"said nothing for 0\.1 s"):
            waiting.ask(1, timeout_s=0.1)
        waiting.terminate()


def test_a_program_that_ends_is_told_with_its_last_words():
    with (
        Program(program("import sys; sys.exit('no such luck')")) as ending,
        pytest.raises(ContestantFailed, match="ended:\nno such luck"),
    ):
        ending.line(30)


def test_the_time_of_the_processor_of_a_living_program_is_read():
    used = cpu_s_of(os.getpid())
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    assert 0.05 < cpu_s_of(os.getpid()) - used < 2
