"""Code that does not stop."""

import time

import pytest

GRACE_S = 0.4
MUCH_LATER_S = 5.0

STUBBORN = {
    "C loop": "sum(range(10**13))",
    "ignored SIGINT": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "blocked SIGINT": "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\nwhile True: pass",
    "caught interrupt": "import time\nwhile True:\n  try: time.sleep(100)\n  except BaseException: pass",
    "stopped": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "endless exit": "import sys\ntry:\n  sys.exit()\nfinally:\n  while True:\n    try:\n      __import__('time').sleep(100)\n    except BaseException: pass",
    "stopped parent": "import os, signal, time\nif os.fork() == 0:\n  os.kill(os.getppid(), signal.SIGSTOP)\n  time.sleep(100)\nwhile True: pass",
}


@pytest.mark.parametrize(
    "code", ["while True: pass", "import time; time.sleep(100)", "input_ = __import__('threading').Event().wait()"]
)
def test_what_can_be_interrupted_is_and_the_session_goes_on(session, code):
    session.exec("x = 1")
    result = session.exec(code, 0.2)
    assert (result.status, result.timed_out, result.exit_code, result.alive) == ("timeout", True, 124, True)
    assert "KeyboardInterrupt" in result.stderr
    assert result.stderr.endswith("[the code ran longer than 0.2 s and was interrupted]\n")
    assert session.exec("print(x)").stdout == "1\n"


@pytest.mark.parametrize("code", STUBBORN.values(), ids=STUBBORN)
def test_what_cannot_be_interrupted_is_ended_after_the_grace(session, code):
    began = time.monotonic()
    result = session.exec(f"print('begun', flush=True)\n{code}", 0.2)
    assert time.monotonic() - began < 0.2 + GRACE_S + MUCH_LATER_S
    assert (result.status, result.timed_out, result.exit_code, result.alive) == ("timeout", True, 124, False)
    assert (result.signal, result.stdout) == ("SIGKILL", "begun\n")
    assert "[the code ran longer than 0.2 s and the session was ended" in result.stderr


def test_after_the_end_each_step_says_so_and_a_reset_begins_anew(session):
    session.exec("sum(range(10**13))", 0.1)
    result = session.exec("print(1)")
    assert (result.status, result.stdout, result.alive, result.signal) == ("died", "", False, "SIGKILL")
    assert "the session has ended" in result.stderr
    session.reset()
    assert session.exec("print(1)").stdout == "1\n"


def test_no_time_at_all_is_a_timeout(session):
    assert session.exec("while True: pass", 0.0).status == "timeout"
    assert session.exec("while True: pass", -1).status == "timeout"


def test_a_timer_that_was_left_behind_does_not_go_off_later(session):
    session.exec("import signal; signal.setitimer(signal.ITIMER_REAL, 0.05)")
    assert session.exec("import time; time.sleep(0.2); print('on')").stdout == "on\n"


def test_code_that_cannot_answer_any_more_is_ended(session):
    result = session.exec("import os; os.closerange(3, 256)\nwhile True: pass", 0.2)
    assert (result.status, result.exit_code, result.alive) == ("timeout", 124, False)
