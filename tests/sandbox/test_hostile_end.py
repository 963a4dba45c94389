"""Code that ends its interpreter, or spoils what that needs."""

import pytest

DEADLY = {
    "exit": ("os._exit(3)", 3, None),
    "quiet exit": ("os._exit(0)", 0, None),
    "abort": ("os.abort()", 134, "SIGABRT"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", 139, "SIGSEGV"),
    "kill": ("os.kill(os.getpid(), 9)", 137, "SIGKILL"),
    "terminate": ("os.kill(os.getpid(), 15)", 143, "SIGTERM"),
    "broken stack": (
        "import ctypes, faulthandler; faulthandler.disable(); ctypes.memset(id(type), 0, 400); type(1)",
        139,
        "SIGSEGV",
    ),
    "another program": ("os.execv('/bin/sh', ['sh', '-c', 'exit 7'])", 7, None),
    "a whole group": ("os.killpg(0, 9)", 137, "SIGKILL"),
}

SURVIVED = {
    "closed streams": "import sys, os; sys.stdout.close(); sys.stderr.close(); os.close(1); os.close(2); os.close(0)",
    "no streams": "import sys; del sys.stdout, sys.stderr, sys.__stdout__",
    "replaced streams": "import sys; sys.stdout = sys.stderr = 5",
    "deleted built-ins": "import builtins; del builtins.print, builtins.open, builtins.isinstance, builtins.len",
    "no built-ins": "import builtins; builtins.__dict__.clear()",
    "replaced built-ins": "import builtins; builtins.print = builtins.exec = builtins.compile = None",
    "no modules": "import sys; sys.modules.clear()",
    "traced": "import sys; sys.settrace(lambda *a: 1 / 0)",
    "profiled": "import sys; sys.setprofile(lambda *a: 1 / 0)",
    "hooks": "import sys; sys.excepthook = sys.displayhook = sys.unraisablehook = lambda *a: 1 / 0",
    "signals": "import signal; [signal.signal(n, signal.SIG_IGN) for n in (2, 15, 17)]",
    "recursion": "def f(): f()\nf()",
    "deep data": "y = []\nfor _ in range(100000): y = [y]",
    "no working directory": "import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')",
    "no import": "import builtins; builtins.__import__ = None",
    "no path": "import sys; sys.path = None; sys.meta_path = None",
    "exception that exits": "class E(Exception):\n  def __str__(self): __import__('sys').exit(5)\nraise E",
    "exception that interrupts": "class E(Exception):\n  def __str__(self): raise KeyboardInterrupt\nraise E",
    "exception without a name": (
        "class M(type):\n  __name__ = __qualname__ = property(lambda s: 1 / 0)\nclass E(Exception, metaclass=M): pass\nraise E"
    ),
    "odd exit": "class E(SystemExit):\n  code = property(lambda s: 1 / 0)\nraise E",
    "long exception": "raise ValueError('x' * 10_000_000)",
    "group": "raise ExceptionGroup('g', [ValueError(i) for i in range(1000)])",
    "closed descriptors": "import os\nfor fd in range(3): os.close(fd)",
    "changed runner": "import gc\nfor o in gc.get_objects():\n  if type(o).__name__ == 'Streams': o._standard = []",
    "finaliser": "class C:\n  def __del__(self): raise SystemExit(9)\nC()",
    "exit handler": "import atexit; atexit.register(lambda: 1 / 0)",
    "no limit on recursion": "import sys; sys.setrecursionlimit(10**9)",
    "null bytes": "x = '\0'",
}


@pytest.mark.parametrize(("code", "status", "signal"), DEADLY.values(), ids=DEADLY)
def test_an_interpreter_that_ends_has_died_with_its_true_status(session, code, status, signal):
    result = session.exec(f"import os; print('before', flush=True); {code}", 20)
    assert (result.status, result.exit_code, result.signal, result.alive) == ("died", status, signal, False)
    assert result.stdout == "before\n"
    assert session.exec("1").status == "died"
    session.reset()
    assert session.exec("print(1)").stdout == "1\n"


@pytest.mark.parametrize("code", SURVIVED.values(), ids=SURVIVED)
def test_the_runner_survives_or_says_that_it_died(session, code):
    result = session.exec(code, 20)
    following = session.exec("print('on')\nimport sys; print('off', file=sys.stderr)", 20)
    if result.alive and following.alive:
        assert (following.stdout, following.stderr) == ("on\n", "off\n")
    else:
        assert following.status == "died"
        session.reset()
        assert session.exec("print('on')").stdout == "on\n"


SPOILT = {
    "audit hook": "import sys\ndef hook(*arguments): raise RuntimeError\nsys.addaudithook(hook)",
    "emptied system module": "import sys; vars(sys).clear()",
}


@pytest.mark.parametrize("code", SPOILT.values(), ids=SPOILT)
def test_an_interpreter_that_can_run_nothing_any_more_ends(session, code):
    session.exec(code)
    assert session.exec("print('on')").status == "died"
    session.reset()
    assert session.exec("print('on')").stdout == "on\n"


SPOILT_WITHOUT_HARM = set(SURVIVED) - {"no modules", "changed runner", "no path", "no limit on recursion"}


@pytest.mark.parametrize("name", sorted(SPOILT_WITHOUT_HARM))
def test_what_can_be_restored_leaves_the_session_alive(session, name):
    session.exec("x = 1")
    assert session.exec(SURVIVED[name], 20).alive
    assert session.exec("print(x)").stdout == "1\n"


def test_reading_from_standard_input_finds_its_end(session):
    result = session.exec("input()")
    assert (result.status, result.stderr.splitlines()[-1]) == ("error", "EOFError: EOF when reading a line")


FIND_TOKEN = """
import sys
frame = sys._getframe()
while 'token' not in frame.f_locals:
    frame = frame.f_back
token = frame.f_locals['token']
"""
FIND_CHANNEL = """
import os, socket, stat
for fd in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            channel = fd
    except OSError:
        pass
"""


@pytest.mark.parametrize(
    "forged",
    [
        "os.write(channel, bytes(21))",
        "os.write(channel, b'x' * 100)",
        "os.write(channel, b'x' * 10)",
        "os.write(channel, b'x' * 42)\nwhile True: pass",
        "import threading, time; threading.Timer(0.05, lambda: os.write(channel, bytes(21))).start(); time.sleep(0.3)",
    ],
)
def test_what_is_forged_on_the_channel_is_noticed(session, forged):
    result = session.exec(f"{FIND_CHANNEL}\n{forged}", 5)
    assert (result.status, result.tampered, result.alive) == ("died", True, False)
    session.reset()
    assert session.exec("print(1)").stdout == "1\n"


def test_an_answer_beforehand_is_noticed_with_the_next_piece_of_code(session):
    session.exec(
        f"{FIND_CHANNEL}\nif os.fork() == 0:\n  import time; time.sleep(0.2); os.write(channel, bytes(21)); os._exit(0)"
    )
    result = session.exec("import os; os.wait()")
    assert (result.status, result.tampered) == ("died", True)


def test_descriptors_that_are_sent_over_the_channel_are_refused(session):
    code = (
        f"{FIND_CHANNEL}\nsock = socket.socket(fileno=os.dup(channel))\nsocket.send_fds(sock, [bytes(21)], [0, 1, 2])"
    )
    assert session.exec(code).tampered


def test_a_channel_that_is_closed_ends_the_session(session):
    assert session.exec(f"{FIND_CHANNEL}\nos.close(channel)").status == "died"


def test_an_answer_that_means_nothing_is_tampering(session):
    forged = "import struct; os.write(channel, struct.pack('>16sBi', token, 77, 0))\nwhile True: pass"
    result = session.exec(f"{FIND_CHANNEL}{FIND_TOKEN}{forged}")
    assert (result.status, result.tampered, result.alive) == ("died", True, False)


def test_a_session_that_answers_before_its_time_ends_with_what_comes_next(session):
    early = "import struct, time; os.write(channel, struct.pack('>16sBi', token, 0, 0)); time.sleep(100)"
    session.exec(f"{FIND_CHANNEL}{FIND_TOKEN}{early}")
    assert session.exec("print(1)", 0.3).alive is False
