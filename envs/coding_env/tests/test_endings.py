"""Code that runs out of its time, and code that ends its interpreter: the observation tells it, and a reset begins
anew."""

import pytest

STUBBORN = "import time\nwhile True:\n  try: time.sleep(1000)\n  except BaseException: pass"


def test_an_endless_loop_is_interrupted_and_variables_stay(run):
    observation = run("x = 1\nprint('begun')\nwhile True: pass", timeout_s=0.2)
    assert (observation.stdout, observation.exit_code) == ("begun\n", 124)
    assert observation.stderr.endswith("\nKeyboardInterrupt\n[the code ran longer than 0.2 s and was interrupted]\n")
    assert {name: observation.metadata[name] for name in ("status", "timed_out", "interpreter")} == {
        "status": "timeout",
        "timed_out": True,
        "interpreter": "alive",
    }
    assert run("print(x)").stdout == "1\n"


@pytest.mark.parametrize(
    "code", [STUBBORN, "sum(range(10**13))", "import os; os.kill(os.getpid(), 19)"], ids=["caught", "in C", "stopped"]
)
def test_code_that_does_not_stop_ends_with_its_interpreter(client, run, code):
    observation = run(code, timeout_s=0.2)
    assert (observation.exit_code, observation.metadata["interpreter"]) == (124, "gone")
    assert "ran longer than 0.2 s and the session was ended" in observation.stderr
    check_that_a_reset_begins_anew(client, run)


@pytest.mark.parametrize(
    ("code", "exit_code", "how"),
    [
        ("import os; os._exit(3)", 3, "ended with exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", 137, "was ended by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", 139, "was ended by SIGSEGV"),
        ("import os; os.abort()", 134, "was ended by SIGABRT"),
    ],
)
def test_the_observation_tells_how_the_interpreter_died(client, run, code, exit_code, how):
    observation = run(f"print('before', flush=True)\n{code}")
    assert (observation.stdout, observation.exit_code, observation.metadata["status"]) == (
        "before\n",
        exit_code,
        "died",
    )
    assert f"[the interpreter {how}" in observation.stderr
    check_that_a_reset_begins_anew(client, run)


def check_that_a_reset_begins_anew(client, run) -> None:
    later = client.step({"code": "print('hello')"})
    assert (later.observation.stdout, later.observation.metadata["interpreter"], later.done) == ("", "gone", False)
    assert "the session has ended; its variables are gone, and a reset begins another" in later.observation.stderr
    client.reset()
    assert run("print('hello')").stdout == "hello\n"


def test_more_memory_than_there_may_be_is_an_error_of_the_code(run):
    observation = run("x = bytearray(8 << 30)")
    assert (observation.exit_code, observation.metadata["out_of_memory"]) == (1, True)
    assert run("print('on')").stdout == "on\n"


def test_a_flood_leaves_its_first_and_its_last_part(run):
    observation = run("print('first'); print('x' * 1_000_000); print('last')")
    assert observation.stdout.startswith("first\nxxx")
    assert observation.stdout.endswith("xxx\nlast\n")
    assert (len(observation.stdout) < 2200, observation.metadata["output_truncated"]) == (True, True)


def test_the_option_holds_for_steps_without_a_time_of_their_own(open_client, run_in):
    with open_client(timeout_s=0.2) as client:
        run = run_in(client)
        client.reset()
        assert run("while True: pass").exit_code == 124
        assert run("import time; time.sleep(0.5); print('done')", timeout_s=10).stdout == "done\n"


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdout.close(); sys.stderr = None",
        "import builtins; builtins.__dict__.clear()",
        "import sys; sys.modules.clear()",
        "import sys; sys.settrace(lambda *a: 1 / 0)",
        "class Odd(Exception):\n  def __str__(self): raise SystemExit\nraise Odd",
        "import os\nfor fd in range(3, 300):\n  try: os.write(fd, b'x' * 21)\n  except OSError: pass",
        "import os; os.closerange(0, 4096)",
        "import os\nwhile True: os.fork()",
        "import threading\nfor _ in range(1000): threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "open('full', 'wb').write(bytes(1 << 30))",
        "import os, signal; signal.signal(2, signal.SIG_IGN); os.kill(0, 9)",
        "def f(): f()\nf()",
        "print('\\ud800'); raise ValueError('\\udcff')",
    ],
)
def test_a_hostile_cell_leaves_the_environment_alive(client, run, code):
    run(code, timeout_s=2.0)
    client.reset()
    assert run("print(6 * 7)").stdout == "42\n"
