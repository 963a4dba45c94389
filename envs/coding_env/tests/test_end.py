"""Code that ends its interpreter."""

import pytest

GONE = {"isolation": "none", "interpreter": "gone", "timed_out": False}


@pytest.mark.parametrize(
    ("code", "exit_code", "how"),
    [
        ("import os; os._exit(3)", 3, "ended with exit status 3"),
        ("import os; os._exit(0)", 0, "ended with exit status 0"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, "was ended by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", 139, "was ended by SIGSEGV"),
        ("import os; os.abort()", 134, "was ended by SIGABRT"),
        ("import os; os.execlp('sh', 'sh', '-c', 'exit 4')", 4, "ended with exit status 4"),
        ("import os, sys; os.closerange(3, 256); os._exit(5)", 5, "ended with exit status 5"),
        (
            "import threading, os; threading.Thread(target=os._exit, args=(6,)).start()\nwhile True: pass",
            6,
            "ended with",
        ),
        ("class Leaving(Exception):\n  def __str__(self): __import__('os')._exit(7)\nraise Leaving", 7, "ended with"),
    ],
    ids=["_exit", "_exit 0", "SIGKILL", "SIGSEGV", "abort", "exec", "fds closed", "thread", "exception"],
)
def test_the_observation_tells_how_the_interpreter_ended(client, run, code, exit_code, how):
    observation = run("print('before', flush=True)\n" + code)
    assert (observation.stdout, observation.exit_code, observation.metadata) == ("before\n", exit_code, GONE)
    assert f"[the interpreter {how}" in observation.stderr
    assert observation.stderr.endswith("; its variables are gone and reset starts a new one]\n")
    assert client.state().last_exit_code == exit_code


def test_later_steps_say_that_the_interpreter_has_ended(client, run):
    run("import os; os._exit(0)")
    for _ in range(2):
        result = client.step({"code": "print('hello')"})
        observation = result.observation
        assert (observation.stdout, observation.exit_code, observation.metadata, result.done) == ("", 1, GONE, False)
        assert observation.stderr == "[the interpreter has ended; its variables are gone and reset starts a new one]\n"
    assert (client.state().step_count, client.state().last_exit_code) == (3, 1)


def test_reset_starts_a_new_interpreter(client, run):
    run("import os; os._exit(1)")
    assert client.reset().observation.metadata["interpreter"] == "alive"
    assert run("print('hello')").stdout == "hello\n"


def test_what_a_program_prints_that_took_the_interpreters_place_is_observed(run):
    observation = run("import os; os.execlp('sh', 'sh', '-c', 'echo out; echo err >&2')")
    assert (observation.stdout, observation.stderr.splitlines()[0]) == ("out\n", "err")


def test_an_interpreter_that_ends_between_two_steps_is_missed_at_the_next(run, watch):
    ended = watch(int(run("import os, threading\nprint(os.getpid())").stdout))
    run("import fcntl; fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20); go = threading.Event()")
    run("threading.Thread(target=lambda: (go.wait(0.2), os.write(1, b'x' * 202_000), os._exit(9))).start()")
    assert ended()
    observation = run("print('hello')")
    assert observation.stdout == f"{'x' * 1000}\n[... 200,000 bytes left out ...]\n{'x' * 1000}"
    assert (observation.exit_code, observation.metadata) == (9, GONE)


def test_the_channel_closed_by_the_code_ends_the_interpreter(run):
    observation = run("import os; os.closerange(3, 4096)")
    assert (observation.exit_code, observation.metadata) == (1, GONE)
