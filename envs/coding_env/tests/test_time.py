"""Code that runs out of its time."""

import os
import signal
import threading
import time

import pytest

from coding_env import CodeAction
from coding_env.server.coding_environment import CodingEnvironment

TIMED_OUT = {"isolation": "none", "interpreter": "alive", "timed_out": True}
GONE = {**TIMED_OUT, "interpreter": "gone"}

STUBBORN = "import time\nwhile True:\n  try: time.sleep(1000)\n  except BaseException: pass"


@pytest.fixture
def environment():
    """The environment itself, for times that no client waits for."""
    environment = CodingEnvironment()
    yield environment
    environment.close()


def test_an_endless_loop_is_interrupted_and_variables_stay(run):
    observation = run("x = 1\nprint('begun')\nwhile True: pass", timeout_s=0.2)
    assert (observation.stdout, observation.exit_code, observation.metadata) == ("begun\n", 124, TIMED_OUT)
    assert observation.stderr.startswith('Traceback (most recent call last):\n  File "<step 1>", line 3, in <module>\n')
    assert observation.stderr.endswith("\nKeyboardInterrupt\n[interrupted after 0.2 s; its variables are kept]\n")
    assert run("print(x)").stdout == "1\n"


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(1000)",
        "import subprocess; subprocess.run(['sleep', '1000'])",
        "import os; os.system('sleep 1000')",
        "import threading; threading.Event().wait()",
        "import os; os.read(os.pipe()[0], 1)",
        "while True: print('x' * 1000)",
        "class Slow(Exception):\n  def __str__(self):\n    while True: pass\nraise Slow",
        "import sys\nclass Slow:\n  def flush(self):\n    while True: pass\nsys.stdout = Slow()",
    ],
    ids=["sleep", "subprocess", "system", "event", "read", "flood", "slow exception", "slow stream"],
)
def test_code_that_waits_is_interrupted(run, code):
    run("x = 1")
    assert (run(code, timeout_s=0.2).exit_code, run("print(x)").stdout) == (124, "1\n")


@pytest.mark.parametrize(
    "code",
    [
        "sum(__import__('itertools').repeat(0))",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\nwhile True: pass",
        STUBBORN,
        "import os; os.kill(os.getpid(), 19)",
    ],
    ids=["C loop", "ignored", "blocked", "caught", "stopped"],
)
def test_code_that_does_not_stop_ends_with_its_interpreter(run, code):
    observation = run(code, timeout_s=0.2)
    assert (observation.exit_code, observation.metadata) == (124, GONE)
    assert observation.stderr.endswith(
        "[the code ran longer than 0.2 s and the interpreter was ended; "
        "its variables are gone and reset starts a new one]\n"
    )


def test_a_step_takes_little_longer_than_its_time(run):
    run("pass")
    begun = time.monotonic()
    run(STUBBORN, timeout_s=0.2)
    assert 0.6 <= time.monotonic() - begun < 5


def test_code_that_was_interrupted_late_may_stop_at_the_second_time(run):
    code = "x = 1\nimport time\ntry: time.sleep(1000)\nexcept KeyboardInterrupt: print('once')\nwhile True: pass"
    assert run(code, timeout_s=0.2).stdout == "once\n"
    assert run("print(x)").stdout == "1\n"


def test_an_interpreter_that_was_ended_says_so_until_reset(client, run):
    run("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", timeout_s=0.2)
    observation = run("print('hello')")
    assert (observation.stdout, observation.exit_code, observation.metadata["interpreter"]) == ("", 1, "gone")
    assert observation.stderr == "[the interpreter has ended; its variables are gone and reset starts a new one]\n"
    client.reset()
    assert run("print('hello')").stdout == "hello\n"


def test_an_ignored_interrupt_is_of_one_step_only(run):
    run("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); x = 1")
    assert (run("while True: pass", timeout_s=0.2).exit_code, run("print(x)").stdout) == (124, "1\n")


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan")])
def test_no_time_is_over_at_once(environment, timeout_s):
    assert environment.step(CodeAction(code="while True: pass"), timeout_s=timeout_s).metadata["timed_out"] is True
    assert environment.step(CodeAction(code="print(1)")).stdout == "1\n"


def test_time_may_be_unbounded(environment):
    assert environment.step(CodeAction(code="print(1)"), timeout_s=float("inf")).stdout == "1\n"


def test_the_option_holds_for_steps_without_a_time_of_their_own(open_client, run_in):
    with open_client(timeout_s=0.2) as client:
        run = run_in(client)
        client.reset()
        assert run("while True: pass").exit_code == 124
        assert run("import time; time.sleep(0.5); print('done')", timeout_s=10).stdout == "done\n"


def test_a_step_that_its_caller_breaks_off_ends_the_interpreter(environment, watch, tmp_path):
    """Ctrl-C in the process that runs the environment, once the code says by way of a FIFO that it runs."""
    os.mkfifo(tmp_path / "running")
    ended = watch(int(environment.step(CodeAction(code="import os; print(os.getpid())")).stdout))
    main = threading.get_ident()

    def press_ctrl_c():
        (tmp_path / "running").read_text()
        signal.pthread_kill(main, signal.SIGINT)

    press = threading.Thread(target=press_ctrl_c)
    press.start()
    with pytest.raises(KeyboardInterrupt):
        environment.step(CodeAction(code=f"open('{tmp_path}/running', 'w').close()\nwhile True: pass"))
    press.join()
    assert ended()
    assert environment.step(CodeAction(code="print('hello')")).metadata["interpreter"] == "gone"
