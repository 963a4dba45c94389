"""Commands of the shell, and files that an episode begins with."""

import pytest

from coding_env import CodeAction
from openenv.errors import ExecutionError, ValidationError


def shell(run, command: str, **options):
    return run(command, language="bash", **options)


def test_a_command_gives_what_it_prints_and_its_status(run):
    observation = shell(run, "echo out; echo err >&2; exit 3")
    assert (observation.stdout, observation.stderr, observation.exit_code) == ("out\n", "err\n", 3)


def test_commands_and_code_share_their_files(run):
    shell(run, "mkdir d && echo 1 > d/number")
    assert run("print(open('d/number').read(), end='')").stdout == "1\n"
    run("open('d/number', 'w').write('2')")
    assert shell(run, "cat d/number").stdout == "2"


def test_variables_outlive_a_command(run):
    run("x = 5")
    shell(run, "true")
    assert run("print(x)").stdout == "5\n"


def test_a_command_that_takes_too_long_is_ended(run):
    observation = shell(run, "echo begun; sleep 100", timeout_s=0.3)
    assert (observation.stdout, observation.exit_code, observation.metadata["timed_out"]) == ("begun\n", 124, True)


def test_other_languages_are_refused(client):
    with pytest.raises(ValidationError, match="language"):
        client.step({"code": "puts 1", "language": "ruby"})


def test_an_episode_begins_with_its_files(client, run):
    client.reset(files={"data/numbers.txt": "1\n2\n", "helper.py": "answer = 42"})
    assert run("import helper; print(open('data/numbers.txt').read(), helper.answer)").stdout == "1\n2\n 42\n"
    client.reset()
    assert shell(run, "ls").stdout == ""


def test_files_may_be_bytes(client, run):
    client.reset(files={"raw": bytes(range(256))})
    assert run("print(open('raw', 'rb').read() == bytes(range(256)))").stdout == "True\n"


@pytest.mark.parametrize(
    "files", [{"/etc/passwd": ""}, {"../out": ""}, {"a\0b": ""}, {"": ""}, {"big": b"x" * (80 << 20)}, {"n": 5}]
)
def test_files_that_have_no_place_are_refused_and_the_episode_before_goes_on(client, run, files):
    run("x = 1")
    with pytest.raises(ExecutionError):
        client.reset(files=files)
    assert client.step(CodeAction(code="print(x)")).observation.stdout == "1\n"
