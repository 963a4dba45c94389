"""What is captured of standard output and standard error."""

import pytest

LIMIT = 2000  # of the shared client


def test_what_other_processes_print_is_captured(run):
    observation = run("import subprocess; subprocess.run('echo out; echo err >&2', shell=True)")
    assert (observation.stdout, observation.stderr) == ("out\n", "err\n")


def test_what_c_code_prints_is_captured(run):
    assert run("import ctypes; ctypes.CDLL(None).printf(b'from C')").stdout == "from C"


def test_the_order_of_lines_is_kept_between_processes(run):
    code = "import os\nprint('first')\nos.system('echo second')\nprint('third')"
    assert run(code).stdout == "first\nsecond\nthird\n"


def test_output_without_an_end_of_line_is_not_held_back(run):
    assert run("print('a', end='')").stdout == "a"
    assert run("print('b')").stdout == "b\n"


def test_every_byte_arrives(run):
    observation = run("import sys; sys.stdout.buffer.write(bytes(range(256)))")
    assert observation.stdout == bytes(range(256)).decode(errors="backslashreplace")


def test_text_of_all_planes_arrives(run):
    assert run("print('naïve ☃ 🐍 \\x00')").stdout == "naïve ☃ 🐍 \0\n"


def test_lone_surrogates_are_written_as_escapes(run):
    assert run("print('\\udcff \\ud800')").stdout == "\\udcff \\ud800\n"
    assert run("raise ValueError('\\ud800')").stderr.endswith("ValueError: \\ud800\n")


def test_a_flood_leaves_its_first_and_its_last_part(run):
    observation = run("import sys\nprint('first'); print('x' * 10_000_000)\nprint('last')\nsys.stderr.write('short')")
    out = observation.stdout
    left_out = 6 + 10_000_001 + 5 - LIMIT
    assert out == f"first\n{'x' * 994}\n[... {left_out:,} bytes left out ...]\n{'x' * 994}\nlast\n"
    assert (observation.stderr, observation.exit_code) == ("short", 0)


def test_output_of_just_the_limit_is_whole(run):
    assert run(f"print('x' * {LIMIT}, end='')").stdout == "x" * LIMIT


@pytest.mark.parametrize("shift", range(4))
def test_a_flood_is_not_cut_within_a_character(run, shift):
    code = f"import sys; sys.stdout.write('.' * {shift} + '🐍' * 5000 + '.' * {shift})"
    first, note, last = run(code).stdout.splitlines()
    kept = len(first.encode()) + len(last.encode())
    assert set(first + last) <= {".", "🐍"}
    assert note == f"[... {20_000 + 2 * shift - kept:,} bytes left out ...]"


def test_both_streams_flood_at_once(run):
    code = "import os, threading\ndef flood(fd):\n  for _ in range(200): os.write(fd, b'x' * 10_000)\n"
    code += "threads = [threading.Thread(target=flood, args=(fd,)) for fd in (1, 2)]\n"
    observation = run(code + "[t.start() for t in threads]; [t.join() for t in threads]")
    expected = f"{'x' * 1000}\n[... 1,998,000 bytes left out ...]\n{'x' * 1000}"
    assert (observation.stdout, observation.stderr, observation.exit_code) == (expected, expected, 0)


def test_what_is_printed_after_a_step_is_in_the_next_observation(run):
    run("import os, threading; go = threading.Event(); t = threading.Thread(target=lambda: (go.wait(), print('late')))")
    assert run("t.start()").stdout == ""
    assert run("go.set(); t.join()").stdout == "late\n"


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdout.close(); sys.stderr.close()",
        "import sys; sys.stdout = sys.stderr = None",
        "import sys; del sys.stdout, sys.stderr, sys.stdin",
        "import sys, io; sys.stdout = sys.stderr = io.StringIO()",
        "import sys; sys.stdout.detach()",
        "import os; os.close(1); os.close(2)",
        "import os; null = os.open('/dev/null', 1); os.dup2(null, 1); os.dup2(null, 2)",
        "import sys\nclass Bad:\n  def flush(self): raise ValueError\n  write = flush\nsys.stdout = sys.stderr = Bad()",
    ],
    ids=["closed", "none", "deleted", "replaced", "detached", "fds closed", "fds redirected", "raising"],
)
def test_each_step_begins_with_working_streams(run, code):
    assert run(code).exit_code == 0
    observation = run("import sys; print('out'); print('err', file=sys.stderr); input()")
    assert (observation.stdout, observation.stderr[:4], observation.stderr[-35:]) == (
        "out\n",
        "err\n",
        "\nEOFError: EOF when reading a line\n",
    )


def test_the_traceback_is_shown_also_where_stderr_was_replaced(run):
    observation = run("import sys, io, os; sys.stderr = io.StringIO(); os.close(2); 1 / 0")
    assert observation.stderr.endswith("ZeroDivisionError: division by zero\n")
