"""What a session does for whoever asks it."""

import asyncio
import gc
import os
import threading
import time
from contextlib import suppress

import pytest

from openenv.errors import SessionError, SessionLost
from openenv.sandbox import AsyncSandbox, Sandbox


def outcome(result):
    return result.status, result.stdout, result.exit_code, result.alive


def test_variables_functions_and_imports_persist(run):
    run("import math\nx = 2\ndef double(n): return 2 * n")
    assert run("print(double(x), math.pi)") == "4 3.141592653589793\n"


def test_what_was_preloaded_is_there(run):
    assert run("import sys; print('numpy' in sys.modules); import numpy; print(numpy.arange(3).sum())") == "True\n3\n"


def test_an_exception_is_shown_from_the_line_of_the_code_on(session):
    result = session.exec("x = 1\ndef f():\n    1 / 0\nf()")
    assert outcome(result) == ("error", "", 1, True)
    assert result.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert result.stderr.splitlines()[1] == '  File "<cell 1>", line 4, in <module>'
    assert result.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert outcome(session.exec("print(x)")) == ("ok", "1\n", 0, True)


def test_code_that_does_not_compile_is_an_error(session):
    result = session.exec("def")
    assert (result.status, "SyntaxError" in result.stderr) == ("error", True)


@pytest.mark.parametrize(
    ("leave", "code", "said"), [("3", 3, ""), ("", 0, ""), ("'why'", 1, "why\n"), ("259", 3, ""), ("True", 1, "")]
)
def test_leaving_has_a_status_and_the_session_goes_on(session, leave, code, said):
    session.exec("x = 1")
    result = session.exec(f"import sys; sys.exit({leave})")
    assert (result.status, result.exit_code, result.stderr, result.alive) == ("exit", code, said, True)
    assert session.exec("print(x)").stdout == "1\n"


def test_the_value_of_a_last_expression_is_shown_on_demand(session):
    assert session.exec("1 + 1").stdout == ""
    assert session.exec("x = 1\nx + 1", show_value=True).stdout == "2\n"


def test_standard_error_is_apart(session):
    result = session.exec("import sys; print('out'); print('err', file=sys.stderr)")
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


def test_output_of_programs_and_of_c_code_is_heard(run):
    code = "import ctypes, os\nprint('1', flush=True)\nos.system('echo 2')\nctypes.CDLL(None).puts(b'3')"
    assert run(code) == "1\n2\n3\n"


def test_a_shell_command_runs_where_the_code_is(session):
    session.exec("import os; os.mkdir('d'); os.chdir('d'); os.environ['NAME'] = 'value'")
    result = session.shell("pwd | tail -c 3; echo $NAME >&2; touch made; exit 3")
    assert (result.status, result.stdout, result.stderr, result.exit_code) == ("exit", "/d\n", "value\n", 3)
    assert session.exec("print(os.listdir())").stdout == "['made']\n"


def test_a_shell_command_that_takes_too_long_is_ended_and_the_session_goes_on(session):
    session.exec("x = 1")
    result = session.shell("sleep 100", 0.2)
    assert (result.status, result.exit_code, result.alive) == ("timeout", 124, True)
    assert session.exec("print(x)").stdout == "1\n"


def test_a_shell_command_that_a_signal_ends_has_the_status_of_a_shell(session):
    assert session.shell("kill -9 $$").exit_code == 137


@pytest.mark.parametrize("command", ["echo \0", "echo " + "x" * 200_000])
def test_a_shell_command_that_cannot_be_started_says_why(session, command):
    result = session.shell(command)
    assert (result.status, result.exit_code, result.alive) == ("exit", 126, True)
    assert result.stderr.startswith("/bin/bash: ")


@pytest.mark.parametrize("arguments", [(5,), (b"1",), (None,), ("1", "soon")])
def test_what_is_no_code_or_no_time_is_refused_and_the_session_goes_on(session, arguments):
    session.exec("x = 1")
    with pytest.raises(TypeError):
        session.exec(*arguments)
    assert session.exec("print(x)").stdout == "1\n"


def test_files_are_written_read_and_listed_from_outside(session):
    session.write("a/b/data.bin", bytes(range(256)))
    session.write("text", "ü\n")
    assert session.read("a/b/data.bin") == bytes(range(256))
    assert session.shell("cat text; wc -c < a/b/data.bin").stdout == "ü\n256\n"
    assert [(entry.name, entry.kind, entry.size) for entry in session.list()][1:] == [("text", "file", 3)]
    assert [(entry.name, entry.kind) for entry in session.list("a")] == [("b", "directory")]


def test_the_code_may_change_what_was_written_from_outside(session):
    session.write("data", "before")
    assert session.exec("open('data', 'w').write('after')").ok
    assert session.read("data") == b"after"
    session.write("data", "again")
    assert session.read("data") == b"again"


def test_files_are_there_from_the_beginning(sandbox):
    with sandbox.session(files={"module.py": "value = 7"}) as session:
        assert session.exec("import module; print(module.value)").stdout == "7\n"


def test_a_reset_begins_anew(session):
    session.exec("x = 1; open('made', 'w').close()")
    session.reset(files={"given": "1"})
    assert session.exec("import os; print('x' in dir(), os.listdir())").stdout == "False ['given']\n"


def test_sessions_do_not_see_each_other(sandbox):
    with sandbox.session() as one, sandbox.session() as other:
        one.exec("x = 1; open('made', 'w').close(); open(__import__('os').environ['TMPDIR'] + '/t', 'w').close()")
        seen = other.exec("import os; print('x' in dir(), os.listdir(), os.listdir(os.environ['TMPDIR']))").stdout
        assert seen == "False [] []\n"


def test_a_closed_session_says_so(session):
    session.close()
    with pytest.raises(SessionError, match="closed"):
        session.exec("1")
    session.close()


def test_a_session_that_is_closed_during_a_call_ends_it_at_once(session):
    began = time.monotonic()
    threading.Timer(0.2, session.close).start()
    with suppress(SessionError):
        assert session.exec("while True: pass", 20).status == "died"
    assert time.monotonic() - began < 5
    with pytest.raises(SessionError, match="closed"):
        session.exec("1")


def test_a_session_that_another_task_closes_during_a_call_ends_it_at_once(sandbox):
    async def main():
        async with AsyncSandbox(level=str(sandbox.isolation.level)) as other:
            session = await other.session()
            call = asyncio.create_task(session.exec("while True: pass", 20))
            await asyncio.sleep(0.1)
            await session.close()
            async with asyncio.timeout(5):
                with suppress(SessionError):
                    assert (await call).status == "died"
            with pytest.raises(SessionError, match="closed"):
                await session.exec("1")

    asyncio.run(main())


def test_a_sandbox_that_is_closed_during_a_call_ends_it_at_once(sandbox):
    other = Sandbox(level=str(sandbox.isolation.level))
    session = other.session()
    began = time.monotonic()
    threading.Timer(0.2, other.close).start()
    with suppress(SessionError, SessionLost):
        assert session.exec("while True: pass", 20).status == "died"
    assert time.monotonic() - began < 5


def test_a_process_that_is_forked_from_its_owner_has_no_hand_on_a_sandbox(sandbox):
    with Sandbox(level=str(sandbox.isolation.level)) as other, other.session() as session:
        session.exec("x = 1")
        pid = os.fork()
        if pid == 0:
            refused = 0
            for use in (lambda: session.exec("1"), session.reset, lambda: session.fork(1), other.session):
                try:
                    use()
                except SessionError:
                    refused += 1
            session.close()
            other.close()
            os._exit(refused)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 4
        assert session.exec("print(x)").stdout == "1\n"
        with other.session() as another:
            assert another.exec("print(2)").stdout == "2\n"


def test_sessions_that_nobody_closed_leave_no_file_open(sandbox):
    with Sandbox(level=str(sandbox.isolation.level)) as other:
        other.session().close()
        gc.collect()
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            other.session().exec("1")
        gc.collect()
        assert len(os.listdir("/proc/self/fd")) <= before


def test_a_closed_sandbox_takes_its_sessions_along(sandbox):
    with Sandbox(level=str(sandbox.isolation.level)) as other:
        session = other.session()
    with pytest.raises(SessionError, match="closed"):
        session.exec("1")
    with pytest.raises(SessionError, match="closed"):
        other.session()


def test_code_of_megabytes_arrives(run):
    assert run("x = '" + "y" * 5_000_000 + "'\nprint(len(x))") == "5000000\n"


def test_random_numbers_differ_between_sessions(sandbox):
    code = "import random, numpy.random, os; print(random.random(), numpy.random.random(), os.urandom(4))"
    with sandbox.session() as one, sandbox.session() as other:
        assert set(one.exec(code).stdout.split()) & set(other.exec(code).stdout.split()) == set()
