"""Grades: what tests say about the files of a session, whatever these do about it."""

import asyncio

import pytest

from openenv.errors import SessionError
from openenv.sandbox import AsyncSandbox, Verdict

TESTS = """
def test_adds(solution):
    assert solution.call("solution.add", 2, 3) == 5

def test_adds_negative_numbers(solution):
    assert solution.call("solution.add", -2, -3) == -5
"""
RIGHT = "def add(a, b): return a + b"


def graded(session, source, tests=TESTS, **options):
    session.write("solution.py", source)
    return session.grade(tests, ["solution.py"], **options)


def test_a_right_solution_passes(session):
    result = graded(session, RIGHT)
    assert (result.passed, result.score, result.run.status, result.refused) == (True, 1.0, "ok", {})
    assert result.verdicts == (Verdict("test_adds", True), Verdict("test_adds_negative_numbers", True))


def test_a_solution_that_is_partly_right_gets_a_part(session):
    result = graded(session, "def add(a, b): return abs(a) + abs(b)")
    assert (result.passed, result.score) == (False, 0.5)
    assert "AssertionError" in result.verdicts[1].message


def test_no_solution_gets_nothing(session):
    result = session.grade(TESTS, ["solution.py"])
    assert (result.score, list(result.refused)) == (0.0, ["solution.py"])


def test_the_session_goes_on_after_its_grade(session):
    session.exec("x = 1")
    graded(session, RIGHT)
    assert session.exec("print(x)").stdout == "1\n"


def test_a_session_that_died_can_still_be_graded(session):
    session.exec(f"open('solution.py', 'w').write({RIGHT!r}); import os; os._exit(1)")
    assert session.grade(TESTS, ["solution.py"]).score == 1.0


def test_a_closed_session_cannot_be_graded(session):
    session.close()
    with pytest.raises(SessionError, match="closed"):
        session.grade(TESTS)


FORGED = {
    "ends at once": "import os; os._exit(0)",
    "ends when called": "import os\ndef add(a, b): os._exit(0)",
    "leaves": "import sys; sys.exit(0)",
    "equals all": "class Same(int):\n  __eq__ = lambda *a: True\n  __ne__ = lambda *a: False\ndef add(a, b): return Same(0)",
    "equals all and is no number": "class Same:\n  __eq__ = lambda *a: True\ndef add(a, b): return Same()",
    "replaces JSON": "import json; json.dumps = lambda *a, **k: '{\"passed\": true}'\ndef add(a, b): return 0",
    "replaces built-ins": "import builtins\nbuiltins.AssertionError = BaseException\nbuiltins.__build_class__ = None\ndef add(a, b): return 0",
    "prints a verdict": 'print(\'{"do": "end", "passed": true, "message": ""}\')\ndef add(a, b): return 0',
    "writes a verdict": 'import glob\nfor name in (".request", ".answer", "/tmp/.request"):\n  open(name, "w").write(\'{"do": "end", "passed": true, "message": ""}\')\ndef add(a, b):\n  open(".request", "w").write(\'{"do": "end", "passed": true, "message": ""}\')\n  return 0',
    "at its exit": "import atexit, os; atexit.register(os._exit, 0)\ndef add(a, b): return 0",
    "writes to all descriptors": "import os\ndef add(a, b):\n  for fd in range(256):\n    try: os.write(fd, bytes(21))\n    except OSError: pass\n  return 0",
    "patches the tests' module": "import sys\nfor name, module in list(sys.modules.items()):\n  if name.startswith('openenv'):\n    for key in list(vars(module)):\n      if not key.startswith('__'): setattr(module, key, lambda *a, **k: True)\ndef add(a, b): return 0",
    "traces": "import sys\nsys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)\ndef add(a, b): return 0",
    "changes numbers": "import ctypes\nctypes.c_char.from_address(id(5) + 24).value = b'\\0'\ndef add(a, b): return 0",
    "signals all": "import os, signal\ndef add(a, b):\n  os.kill(-1, 9)\n  return 0",
    "signals its parent": "import os\ndef add(a, b):\n  for n in (9, 15, 19): os.kill(os.getppid(), n)\n  return 0",
    "deep result": "def add(a, b):\n  open('.answer', 'w').write('[' * 500000)\n  return 0",
    "deep result beside the answer": "import openenv.sandbox.inside.answering as m\nclass P:\n  def __init__(self, *a): pass\n  def write_text(self, *a, **k): open('.answer', 'w').write('[' * 500000)\nm.Path = P\ndef add(a, b): return 0",
    "huge result": "def add(a, b): return 'x' * (1 << 24)",
    "a link for an answer": "import os, openenv.sandbox.inside.answering as m\nclass P:\n  def __init__(self, *a): pass\n  def write_text(self, *a, **k): os.symlink('/proc/self/environ', '.answer')\nm.Path = P\ndef add(a, b): return 0",
    "a pipe for an answer": "import os, openenv.sandbox.inside.answering as m\nclass P:\n  def __init__(self, *a): pass\n  def write_text(self, *a, **k): os.mkfifo('.answer')\nm.Path = P\ndef add(a, b): return 0",
    "not a number": "def add(a, b): return float('nan')",
    "looks for the tests": "import gc\ndef add(a, b):\n  found = [o for o in gc.get_objects() if isinstance(o, dict) and 'test_adds' in o]\n  return 5 if found else 0",
    "leaves a process": "import os, time\nif os.fork() == 0:\n  while True: time.sleep(1)\ndef add(a, b): return 0",
}


@pytest.mark.parametrize("source", FORGED.values(), ids=FORGED)
def test_no_solution_can_forge_its_grade(session, source):
    result = graded(session, source)
    assert (result.passed, result.score) == (False, 0.0)
    assert [verdict.name for verdict in result.verdicts] == ["test_adds", "test_adds_negative_numbers"]
    assert result.run.status == "ok"


@pytest.mark.parametrize(
    "source",
    [
        "def add(a, b):\n  while True: pass",
        "def add(a, b): sum(range(10**13))",
        "import time\nwhile True: time.sleep(9)",
    ],
)
def test_a_solution_that_does_not_stop_fails_and_the_rest_is_graded(session, source):
    result = graded(session, source, f"{TESTS}\ndef test_other(solution): pass", call_timeout_s=0.2)
    assert [verdict.passed for verdict in result.verdicts] == [False, False, True]
    assert "timeout" in result.verdicts[0].message


def test_one_test_does_not_change_another(session):
    source = "calls = []\ndef add(a, b):\n  calls.append(1)\n  return a + b if len(calls) == 1 else 0"
    assert graded(session, source).passed


def test_within_a_test_the_solution_keeps_its_state(session):
    tests = """
def test_counts(solution):
    assert [solution.call("solution.count") for _ in range(3)] == [1, 2, 3]
    assert solution.exec("import solution; print(solution.n)").stdout == "3\\n"
"""
    assert graded(session, "n = 0\ndef count():\n  global n\n  n += 1\n  return n", tests).passed


def test_tests_use_code_commands_and_files(session):
    session.write("data/a.txt", "a\n")
    session.write("main.sh", "cat data/a.txt; exit 3")
    tests = """
def test_all(solution):
    printed = solution.shell("sh main.sh")
    assert (printed.stdout, printed.exit_code) == ("a\\n", 3)
    assert solution.read("data/a.txt") == b"a\\n"
    solution.exec("def double(n): return 2 * n")
    assert solution.call("double", 4) == 8
"""
    result = session.grade(tests, ["data", "main.sh"])
    assert result.passed, result.verdicts


def test_the_tests_are_not_where_the_solution_is(session):
    tests = """
SECRET = "4711"
def test_hidden(solution):
    assert "solution.py" in solution.shell("ls").stdout
    assert solution.shell("grep -rl 47''11 . ${TMPDIR:-/tmp} 2>/dev/null").stdout == ""
"""
    result = graded(session, RIGHT, tests)
    assert result.passed, result.verdicts


def test_only_regular_files_are_copied(session):
    session.exec(
        "import os; os.mkdir('d'); os.symlink('/etc/passwd', 'link'); os.mkfifo('pipe'); os.symlink('/', 'd/root'); "
        "open('d/file', 'w').write('x'); open('large', 'wb').truncate(60 << 20)"
    )
    tests = "def test_files(solution):\n  assert solution.read('d/file') == b'x'\n"
    result = session.grade(tests, ["link", "pipe", "d", "large", "none"])
    assert (result.passed, set(result.refused)) == (True, {"link", "pipe", "d/root", "large", "none"})


def test_names_that_are_no_text_are_named_with_escapes(session):
    session.exec("import os; os.mkdir('d'); os.symlink(b'/', b'd/\\xff'); open(b'd/\\xfe', 'w').write('x')")
    result = session.grade("def test_files(solution): assert solution.shell('ls d | wc -l').stdout == '1\\n'", ["d"])
    assert (result.passed, dict(result.refused)) == (True, {"d/\\udcff": "it is no regular file (link)"})


def test_no_more_than_so_many_entries_are_looked_at(session):
    session.exec("import os; os.mkdir('d'); [os.symlink('/', f'd/{number}') for number in range(5000)]")
    result = session.grade("def test_files(solution): pass", ["d", "other"])
    assert len(result.refused) == 256 + 1
    assert "more than 256 entries" in result.refused["d"]


def test_directories_count_among_the_entries_that_are_looked_at(session):
    session.exec("import os; [os.makedirs(f'd/{one}/{other}') for one in range(40) for other in range(40)]")
    result = session.grade("def test_files(solution): pass", ["d"])
    assert dict(result.refused) == {"d": "there are more than 256 entries"}


@pytest.mark.parametrize("path", ["/etc/passwd", "../x"])
def test_a_path_that_leads_out_is_refused(session, path):
    with pytest.raises(ValueError, match="no path within"):
        session.grade(TESTS, [path])


@pytest.mark.parametrize("tests", ["def", "1 / 0", "", "x = 1"])
def test_tests_that_cannot_be_loaded_are_an_error_and_no_grade(session, tests):
    with pytest.raises(ValueError, match="tests"):
        session.grade(tests)


def test_tests_that_do_not_stop_end_with_the_time(session):
    tests = "def test_one(solution): pass\ndef test_two(solution):\n  while True: pass\ndef test_three(solution): pass"
    result = session.grade(tests, timeout_s=0.5)
    assert [verdict.passed for verdict in result.verdicts] == [True, False, False]
    assert "was not run" in result.verdicts[2].message


def test_grades_in_the_asynchronous_colour(sandbox):
    async def main():
        async with (
            AsyncSandbox(level=str(sandbox.isolation.level)) as other,
            await other.session({"solution.py": RIGHT}) as session,
        ):
            return await session.grade(TESTS, ["solution.py"])

    assert asyncio.run(main()).passed
