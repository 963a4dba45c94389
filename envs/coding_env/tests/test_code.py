"""What code does in an episode, and what is observed of it."""

import functools

import pytest

from coding_env import CodeAction, CodeObservation, CodeState, CodingEnv
from coding_env.server.coding_environment import CodingEnvironment
from openenv.client.local import LocalRuntime
from openenv.contract.transforms import Transform
from openenv.errors import EnvironmentFactoryError

KEYS = {"isolation", "status", "interpreter", "timed_out", "out_of_memory", "output_truncated", "tampered"}


def told(observation: CodeObservation) -> tuple[str, str, int, str]:
    """What is observed, without what holds the code."""
    status = str(observation.metadata["status"])
    return observation.stdout, observation.stderr, observation.exit_code, status


class OneForSuccess(Transform[CodeObservation]):
    def __call__(self, observation: CodeObservation) -> CodeObservation:
        return observation.model_copy(update={"reward": float(observation.exit_code == 0)})


def test_a_step_gives_what_the_code_prints(run):
    observation = run("import sys; print('out'); print('err', file=sys.stderr)")
    assert told(observation) == ("out\n", "err\n", 0, "ok")
    assert observation.metadata.keys() == KEYS


def test_a_reset_gives_an_empty_observation(client):
    result = client.reset()
    assert told(result.observation) == ("", "", 0, "ok")
    assert (result.reward, result.done, result.metadata) == (None, False, result.observation.metadata)


def test_a_step_has_no_reward_and_is_not_the_last(client, run):
    run("raise SystemExit(1)")
    result = client.step(CodeAction(code="1 / 0"))
    assert (result.reward, result.done, result.truncated) == (None, False, False)


def test_variables_functions_and_imports_persist(run):
    run("import math\ndef area(r): return math.pi * r ** 2\nr = 2")
    assert run("print(round(area(r), 3))").stdout == "12.566\n"


def test_what_was_set_before_an_exception_persists(run):
    run("x = 1\nx = 2; 1 / 0")
    assert run("print(x)").stdout == "2\n"


def test_reset_starts_clean(client, run):
    run("x = 1; import os; os.chdir('/'); os.environ['A'] = 'b'")
    client.reset()
    assert run("print(x)").exit_code == 1
    assert run("import os; print(os.getcwd() != '/', 'A' in os.environ)").stdout == "True False\n"


def test_a_step_before_the_first_reset_runs(open_client, run_in):
    with open_client() as client:
        assert run_in(client)("x = 1; print(x)").stdout == "1\n"
        state = client.state()
        assert (state.episode_id, state.step_count, state.last_exit_code) == (None, 1, 0)
        assert state.isolation is not None


def test_sessions_share_nothing(client, run, run_in):
    other = run_in(client.new_session())
    run("x = 1")
    assert other("print('x' in globals())").stdout == "False\n"


def test_the_state_tells_the_episode_its_steps_and_the_last_exit_code(client, run):
    client.reset(episode_id="mine")
    begun = client.state()
    assert begun == CodeState(episode_id="mine", isolation=begun.isolation)
    run("pass")
    run("raise SystemExit(7)")
    assert client.state() == CodeState(episode_id="mine", step_count=2, last_exit_code=7, isolation=begun.isolation)


def test_an_episode_without_a_name_gets_one_of_its_own(client):
    first = client.state().episode_id
    client.reset()
    assert first is not None
    assert client.state().episode_id not in (None, first)


def test_the_value_of_a_last_expression_is_not_shown(run):
    assert run("'value'").stdout == ""


def test_the_value_of_a_last_expression_is_shown_where_that_is_wanted(open_client, run_in):
    with open_client(show_value=True) as client:
        run = run_in(client)
        client.reset()
        assert run("x = 'a'\nprint('b')\nx * 2").stdout == "b\n'aa'\n"
        assert run("_").stdout == "'aa'\n"
        assert run("None").stdout == run("y = 1").stdout == run("").stdout == ""


def test_an_exception_is_told_by_its_traceback_from_the_codes_first_line_on(run):
    observation = run("x = 0\n1 / x")
    stderr = (
        'Traceback (most recent call last):\n  File "<cell 1>", line 2, in <module>\n'
        "    1 / x\n    ~~^~~\nZeroDivisionError: division by zero\n"
    )
    assert told(observation) == ("", stderr, 1, "error")


def test_a_traceback_shows_the_lines_of_earlier_steps(run):
    run("def fail():\n    raise KeyError('found nothing')")
    assert "in fail\n    raise KeyError('found nothing')\n" in run("fail()").stderr


def test_an_exceptions_cause_and_notes_are_told(run):
    stderr = run("try: 1 / 0\nexcept Exception as e:\n  e = ValueError('v'); e.add_note('a note'); raise e").stderr
    assert "ZeroDivisionError" in stderr
    assert stderr.endswith("ValueError: v\na note\n")
    assert "runner" not in stderr


def test_code_that_does_not_compile_is_told_by_the_error_alone(run):
    observation = run("print('never')\ndef (")
    assert (observation.stdout, observation.exit_code) == ("", 1)
    assert observation.stderr.startswith('  File "<cell 1>", line 2\n    def (\n')
    assert observation.stderr.endswith("\nSyntaxError: invalid syntax\n")


@pytest.mark.parametrize("code", ["x = '\0'", "(" * 500 + ")" * 500, "-" * 100_000 + "1"], ids=["null", "deep", "long"])
def test_code_that_no_compiler_takes_is_an_error_of_the_code(run, code):
    assert run(code).exit_code == 1
    assert run("print('on')").stdout == "on\n"


@pytest.mark.parametrize(
    ("argument", "exit_code", "stderr"),
    [
        ("3", 3, ""),
        ("", 0, ""),
        ("None", 0, ""),
        ("True", 1, ""),
        ("-1", 255, ""),
        ("256", 0, ""),
        ("'bye'", 1, "bye\n"),
    ],
)
def test_sys_exit_gives_its_status_and_the_variables_stay(run, argument, exit_code, stderr):
    observation = run(f"x = 5; import sys; sys.exit({argument}); x = 6")
    assert told(observation) == ("", stderr, exit_code, "exit")
    assert run("print(x)").stdout == "5\n"


def test_exit_and_quit_do_not_end_the_interpreter(run):
    assert (run("x = 1; exit(2)").exit_code, run("quit()").exit_code) == (2, 0)
    assert run("print(x)\ninput()").stderr.endswith("EOFError: EOF when reading a line\n")


def test_input_finds_the_end_of_the_file(run):
    observation = run("input('name? ')")
    assert (observation.stdout, observation.exit_code) == ("name? ", 1)
    assert observation.stderr.endswith("EOFError: EOF when reading a line\n")


def test_the_code_is_the_main_module(run):
    run("import sys, pickle\nclass Thing: pass")
    assert run("print(__name__, type(pickle.loads(pickle.dumps(Thing()))) is Thing)").stdout == "__main__ True\n"
    assert run("print(sys.argv, vars(sys.modules['__main__']) is globals())").stdout == "[''] True\n"


def test_the_code_starts_in_an_empty_directory_and_imports_from_it(run):
    assert run("import os; print(os.listdir())").stdout == "[]\n"
    run("open('helper.py', 'w').write('answer = 42')")
    assert run("import helper; print(helper.answer, os.listdir())").stdout == "42 ['helper.py']\n"


def test_a_seed_fixes_what_random_draws(client, run):
    draw = "import random; print(random.random())"
    client.reset(seed=7)
    first = run(draw).stdout
    client.reset(seed=8)
    other = run(draw).stdout
    client.reset(seed=7)
    assert run(draw).stdout == first != other


def test_a_seed_leaves_no_names_behind(client, run):
    client.reset(seed=7)
    assert (
        run("print(dir())").stdout
        == "['__builtins__', '__doc__', '__loader__', '__name__', '__package__', '__spec__']\n"
    )


@pytest.mark.parametrize("seed", [0, -1, 2**40])
def test_any_integer_is_a_seed(client, run, seed):
    client.reset(seed=seed)
    assert run("print(1)").stdout == "1\n"


def test_a_transform_sees_every_observation():
    factory = functools.partial(CodingEnvironment, transform=OneForSuccess())
    with CodingEnv(provider=LocalRuntime(factory)) as client:
        rewards = (
            client.reset().reward,
            client.step(CodeAction(code="1 / 0")).reward,
            client.step(CodeAction(code="1")).reward,
        )
    assert rewards == (1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "options",
    [{"timeout_s": 0}, {"timeout_s": float("nan")}, {"limits": {"memory_mb": 0}}, {"min_isolation": "walls"}],
)
def test_options_out_of_range_are_refused_when_the_environment_is_made(open_client, options):
    with pytest.raises(EnvironmentFactoryError, match="ValueError: "):
        open_client(**options).connect()
