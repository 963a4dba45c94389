"""Code that works against its interpreter: whatever it does, the session goes on."""

import pytest

FIND_CHANNEL = """
import os
channel = next(int(fd) for fd in os.listdir('/proc/self/fd') if 'socket' in os.path.realpath(f'/proc/self/fd/{fd}'))
"""


def test_deleted_builtins_are_missing_to_the_code_alone(run):
    run("import builtins; del builtins.print, builtins.open, builtins.isinstance, builtins.getattr, builtins.len")
    assert run("x = 1; __import__('sys').stdout.write('on\\n')").stdout == "on\n"
    assert "NameError" in run("print(x)").stderr


def test_no_builtins_at_all_leave_an_interpreter_that_knows_no_names(client, run):
    run("import builtins; builtins.__dict__.clear()")
    observation = run("print(1)")
    assert (observation.stdout, observation.exit_code, observation.metadata["interpreter"]) == ("", 1, "alive")
    assert observation.stderr.startswith("NameError")


def test_the_list_of_modules_may_be_cleared(run):
    run("x = 1; import sys; sys.modules.clear()")
    assert run("print(x)").stdout == "1\n"
    assert "ZeroDivisionError" in run("1 / 0").stderr


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError", "Odd: <exception str() failed>\n"),
        ("__import__('sys').exit(5)", "Odd: <exception str() failed>\n"),
        ("raise KeyboardInterrupt", "Odd: <exception str() failed>\n"),
        ("return 5", "Odd: <exception str() failed>\n"),
        ("return self.__str__()", "Odd: <exception str() failed>\n"),
        ("return 'x' * 10_000_000", "x" * 100 + "\n"),
    ],
    ids=["raises", "exits", "interrupts", "no text", "recursion", "long"],
)
def test_an_exception_that_cannot_be_shown_is_an_exception(run, body, said):
    observation = run(f"x = 1\nclass Odd(Exception):\n  def __str__(self): {body}\nraise Odd")
    assert (observation.exit_code, observation.stderr.endswith(said)) == (1, True)
    assert run("print(x)").stdout == "1\n"


def test_an_exit_whose_status_cannot_be_read_is_an_error(run):
    code = "class Odd(SystemExit):\n  @property\n  def code(self): raise ValueError\nraise Odd"
    assert run(code).exit_code == 1
    assert run("print('on')").stdout == "on\n"


def test_an_exception_class_without_a_readable_name_is_an_exception(run):
    code = "class Meta(type):\n  __name__ = __qualname__ = __module__ = property(lambda cls: 1 / 0)\n"
    assert run(code + "class Odd(Exception, metaclass=Meta): pass\nraise Odd").exit_code == 1
    assert run("print('on')").stdout == "on\n"


@pytest.mark.parametrize(
    "data",
    ["b'junk'", "b'x' * 20", "b'x' * 1_000_000", "bytes(20)", "(b'\\x00' * 16 + b'\\x00\\x00\\x00\\x07') * 3"],
    ids=["short", "one", "flood", "ready", "several"],
)
def test_a_forged_answer_ends_the_interpreter(client, run, data):
    observation = run(f"{FIND_CHANNEL}\nos.write(channel, {data})")
    assert (observation.stdout, observation.exit_code, observation.metadata["interpreter"]) == ("", 137, "gone")
    assert observation.stderr.endswith(
        "[the code wrote to the interpreter's channel and the interpreter was ended; "
        "its variables are gone and reset starts a new one]\n"
    )
    client.reset()
    assert run("print('on')").stdout == "on\n"


def test_an_answer_that_was_stolen_cannot_answer_a_later_step(run):
    """The code finds the token in the program's own frame, answers for itself, and runs on."""
    steal = "import sys\nframe = sys._getframe()\nwhile 'token' not in frame.f_locals: frame = frame.f_back\n"
    answer = "os.write(channel, frame.f_locals['token'] + (0).to_bytes(4, 'big'))\n"
    assert run(f"{FIND_CHANNEL}{steal}{answer}import time; time.sleep(0.2); print('old')").exit_code == 0
    observation = run("print('new')")
    assert (observation.exit_code, observation.metadata["interpreter"]) == (137, "gone")


def test_a_request_that_was_stolen_times_out(client, run):
    run(f"{FIND_CHANNEL}\nimport threading\nthreading.Thread(target=lambda: os.read(channel, 10**6)).start()")
    observation = run("print('never')", timeout_s=0.3)
    while observation.metadata["interpreter"] == "alive":  # the thread and the program take turns at the channel
        observation = run("print('never')", timeout_s=0.3)
    assert observation.exit_code in (0, 1, 124, 137)
    client.reset()
    assert run("print('on')").stdout == "on\n"


def test_prints_are_not_taken_for_answers(run):
    code = "import os, struct\nfor fd in (1, 2): os.write(fd, struct.pack('>16si', bytes(16), 7))"
    observation = run(code)
    assert (observation.stdout, observation.exit_code) == ("\0" * 19 + "\a", 0)


def test_ten_megabytes_of_code_run(run):
    assert run("text = '" + "x" * 10_000_000 + "'\nprint(len(text))").stdout == "10000000\n"
    assert run("#" * 10_000_000).exit_code == 0


def test_lone_surrogates_in_the_code_arrive_as_escapes(run):
    assert run("print(ascii('\ud800'))").stdout == "'\\ud800'\n"
    assert run("\ud800 = 1").stderr.endswith("SyntaxError: unexpected character after line continuation character\n")


def test_endless_recursion_is_an_exception(run):
    assert run("def f(): f()\nf()").stderr.endswith("RecursionError: maximum recursion depth exceeded\n")
    assert run("print('on')").stdout == "on\n"


def test_a_tiny_recursion_limit_harms_the_code_alone(client, run):
    run("import sys; sys.setrecursionlimit(12)")
    run("1 / 0")
    client.reset()
    assert run("print('on')").stdout == "on\n"


def test_a_copy_made_by_fork_neither_answers_nor_stays(run, watch):
    observation = run("import os\nchild = os.fork()\nif child: print(child)\nelse: x = 2")
    copy = int(observation.stdout)
    assert run("os.waitpid(child, 0); print('on')").stdout == "on\n"
    with pytest.raises(ProcessLookupError):
        watch(copy)


def test_a_copy_made_by_fork_may_outlive_its_step(run):
    run("import os\nr, w = os.pipe()\nif not os.fork():\n  os.read(r, 1); print('late'); raise SystemExit(4)")
    assert run("os.write(w, b'x'); print(os.waitstatus_to_exitcode(os.wait()[1]))").stdout == "late\n4\n"


def test_a_tracer_that_raises_costs_no_more_than_the_interpreter(client, run):
    run("import sys\ndef trace(*a): raise ValueError\nsys.settrace(trace)")
    run("x = 1")
    client.reset()
    assert run("print('on')").stdout == "on\n"


def test_threads_left_running_do_not_hold_a_step_up(run):
    run("import threading\ndef work():\n  while True: pass\nfor _ in range(3): threading.Thread(target=work).start()")
    assert run("print('on')").stdout == "on\n"


def test_the_code_sees_none_of_its_parents_variables(open_client, run_in, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "secret")
    with open_client() as client:
        seen = run_in(client)("import os, subprocess; print(*sorted(os.environ)); subprocess.run('env')").stdout
    assert seen.splitlines()[0] == (
        "HOME LANG OPENBLAS_NUM_THREADS PATH PYTHONDONTWRITEBYTECODE PYTHONNOUSERSITE PYTHONUTF8 TMPDIR"
    )
    assert "secret" not in seen


def test_the_code_inherits_no_files(run):
    open_files = "import os; print([f for f in map(int, os.listdir('/proc/self/fd')) if os.get_inheritable(f)])"
    assert run(open_files.replace("if", "if os.path.exists(f'/proc/self/fd/{f}') and")).stdout == "[0, 1, 2]\n"
