"""The program: its commands, its help, and what becomes of errors."""

import json
import subprocess
import sys

import pytest

from openenv import __version__
from openenv.cli.program import COMMANDS, program


def modules_after(*words: str) -> set[str]:
    """The modules that the command line holds when it ends."""
    program = f"""
import atexit, json, sys
from openenv.cli import main
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
sys.argv = ["openenv", *{list(words)!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    return set(json.loads(done.stderr))


def test_help_shows_every_command_with_its_line(run):
    outcome = run("--help")
    assert outcome.status == 0
    for name, (_, line) in COMMANDS.items():
        assert f"  {name:<8} {line}\n" in outcome.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_help_is_the_command_s_own_first_sentence(name):
    command = program.get_command(None, name)
    assert command.name == name
    assert command.help.splitlines()[0].startswith(COMMANDS[name][1].rstrip("."))


def test_help_imports_no_command_and_nothing_heavy():
    modules = modules_after("--help")
    assert {module for module in modules if module.startswith("openenv.cli.")} == {"openenv.cli.program"}
    assert {"asyncio", "fastapi", "msgspec", "numpy", "pydantic", "rich", "websockets", "yaml"}.isdisjoint(modules)


def test_a_command_imports_no_other():
    modules = {module for module in modules_after("version") if module.startswith("openenv.cli.")}
    assert modules == {"openenv.cli.program", "openenv.cli.version"}


def test_the_version(run):
    assert run("--version").out == f"openenv {__version__}\n"


def test_the_versions_for_a_bug_report(run):
    lines = run("version").out.splitlines()
    assert lines[0] == f"openenv {__version__}"
    assert lines[1].startswith("Python 3.")
    assert "pydantic 2." in lines[2]


def test_an_unknown_command_is_wrong_usage(run):
    outcome = run("lst")
    assert outcome.status == 2
    assert "No such command 'lst'" in outcome.err


def test_an_error_of_the_library_is_one_line_without_a_traceback(run):
    outcome = run("info", "ecco")
    assert (outcome.status, outcome.out) == (1, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith("openenv: no installed environment is called 'ecco'. Did you mean echo-env?")


def test_without_its_extra_the_install_command_is_named():
    program = "import sys; sys.modules['click'] = None; from openenv.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "openenv: what the command line needs is not installed; run: pip install 'openenv[cli]'\n"


def test_the_module_is_the_program_too():
    command = [sys.executable, "-m", "openenv.cli", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == f"openenv {__version__}\n"
