"""Tasks: what their agents see, and the reward, which the hidden tests alone decide."""

import pytest

from coding_env import CodeAction
from coding_env.server.coding_environment import CodingEnvironment
from coding_env.tasks import Split, draw_task, find_task, tasks_of
from openenv.errors import ExecutionError

TASKS = [task for split in Split for task in tasks_of(split)]


@pytest.fixture(scope="module")
def environment():
    environment = CodingEnvironment()
    yield environment
    environment.close()


def writes(files: dict[str, bytes]) -> str:
    """Code that puts these into the workspace."""
    return "\n".join(f"open({name!r}, 'wb').write({data!r})" for name, data in files.items())


def submitted(environment, task_id: str, code: str = ""):
    environment.reset(task_id=task_id)
    return environment.step(CodeAction(code=code, submit=True))


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_the_solution_of_a_task_gets_the_full_reward(environment, task):
    observation = submitted(environment, task.id, writes(task.solution))
    assert (observation.reward, observation.done) == (1.0, True), observation.metadata
    assert observation.metadata["grade"] == "the hidden tests pass"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_what_a_task_begins_with_gets_no_reward(environment, task):
    observation = submitted(environment, task.id)
    assert (observation.reward, observation.done) == (0.0, True)
    assert observation.metadata["grade"] == "the hidden tests do not pass"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_a_solution_that_is_gone_gets_no_reward(environment, task):
    (name,) = task.solution
    observation = submitted(environment, task.id, f"import os; os.remove({name!r})")
    assert observation.reward == 0.0
    assert f"{name} cannot be handed in" in observation.metadata["grade"]


FORGED = {  # of the task "merge_intervals"
    "ends well": "import os; os._exit(0)",
    "leaves": "import sys; sys.exit(0)",
    "equals all": "class Same(list):\n  def __eq__(self, other): return True\ndef merge(intervals): return Same()",
    "echoes": "def merge(intervals): return intervals",
    "replaces json": "import json\njson.dumps = lambda *a, **k: 'true'\ndef merge(intervals): return []",
    "writes everywhere": "import os\nfor fd in range(300):\n  try: os.write(fd, bytes(21))\n  except OSError: pass\n"
    "def merge(intervals): return []",
    "kills": "import os\ntry: os.kill(-1, 9)\nexcept OSError: pass\ndef merge(intervals): return []",
    "prints": "print('the hidden tests pass', 1.0)\ndef merge(intervals): return None",
    "never ends": "while True: pass",
    "looks for the tests": "import gc\nsaid = [o for o in gc.get_objects() if isinstance(o, str)]\n"
    "def merge(intervals): return said",
}


@pytest.mark.parametrize("source", FORGED.values(), ids=FORGED)
def test_a_forged_solution_gets_no_reward(environment, source):
    observation = submitted(environment, "merge_intervals", writes({"solution.py": source.encode()}))
    assert (observation.reward, observation.done) == (0.0, True)


@pytest.mark.parametrize("code", ["", writes(find_task("word_count").solution)], ids=["nothing", "solution"])
def test_tasks_are_graded_at_the_level_below_as_well(code):
    environment = CodingEnvironment(level="landlock")
    assert submitted(environment, "word_count", code).reward == float(bool(code))
    environment.close()


def test_a_solution_is_no_link_to_somewhere_else(environment):
    oracle = find_task("merge_intervals").solution["solution.py"]
    code = f"import os; open('o', 'wb').write({oracle!r}); os.remove('solution.py'); os.symlink('o', 'solution.py')"
    assert submitted(environment, "merge_intervals", code).reward == 0.0


def test_a_session_that_lies_about_itself_changes_no_reward(environment):
    code = "import builtins, json, sys\nbuiltins.open = None; json.loads = json.dumps = lambda *a: {'passed': True}\n"
    assert submitted(environment, "merge_intervals", code + "sys.exit(0)").reward == 0.0


def test_the_files_count_also_when_the_interpreter_has_died(environment):
    task = find_task("merge_intervals")
    environment.reset(task_id=task.id)
    environment.step(CodeAction(code=f"{writes(task.solution)}\nimport os; os._exit(1)"))
    assert environment.step(CodeAction(code="", submit=True)).reward == 1.0


IN_ITS_PLACE = "import os; os.remove('solution.py'); os.mkdir('solution.py'); base = b'solution.py/' + 200 * b'\\xff'\n"


def test_what_lies_in_the_place_of_a_file_is_named_by_that_file(environment):
    environment.reset(task_id="merge_intervals")
    code = IN_ITS_PLACE + "for number in range(300): os.symlink('/', base + b'%d' % number)"
    observation = environment.step(CodeAction(code=code, submit=True))
    assert (observation.exit_code, observation.reward, observation.done) == (0, 0.0, True)
    assert observation.metadata["grade"] == "solution.py cannot be handed in: it is no regular file (link)"


def test_a_name_that_is_long_and_no_text_is_told_as_text_and_not_at_length(environment):
    environment.reset(task_id="merge_intervals")
    code = IN_ITS_PLACE + "os.close(os.open(base, os.O_CREAT, 0))"
    observation = environment.step(CodeAction(code=code, submit=True))
    assert (observation.exit_code, observation.reward, observation.done) == (0, 0.0, True)
    assert "Permission denied" in observation.metadata["grade"]
    assert len(observation.metadata["grade"].encode()) == 500


def test_the_tests_and_solutions_are_out_of_the_codes_reach(environment):
    environment.reset(task_id="merge_intervals")
    for task in TASKS:
        for path in (task.source, task.source.replace("tests.py", "oracle")):
            observation = environment.step(
                CodeAction(code=f"import os; print(os.path.exists({path!r}), open({path!r}))")
            )
            assert observation.exit_code == 1
    assert environment.step(CodeAction(code="import coding_env")).exit_code == 1
    found = "find / -name 'merge_intervals' -not -path '/proc/*' 2>/dev/null; grep -rl 'test_touching' /workspace /tmp"
    assert environment.step(CodeAction(code=found, language="bash")).stdout == ""


def test_without_protection_there_are_no_tasks():
    environment = CodingEnvironment(level="none")
    with pytest.raises(RuntimeError, match="there are no tasks here"):
        environment.reset(task_id="merge_intervals")
    environment.close()


def test_an_episode_of_a_task_begins_with_its_statement_and_files(client, run):
    result = client.reset(task_id="stock_report")
    assert result.observation.stdout == find_task("stock_report").statement
    assert run("ls", language="bash").stdout == "movements.csv\nsolution.py\n"
    assert client.state().task_id == "stock_report"


def test_only_a_submission_has_a_reward_and_ends_the_episode(client):
    client.reset(task_id="merge_intervals")
    before = client.step(CodeAction(code="x = 1"))
    assert (before.reward, before.done, client.state().is_submitted) == (None, False, False)
    last = client.step(CodeAction(code="print(x)", submit=True))
    assert (last.observation.stdout, last.reward, last.done, client.state().is_submitted) == ("1\n", 0.0, True, True)


def test_after_a_submission_nothing_runs_and_nothing_is_rewarded_again(client):
    task = find_task("merge_intervals")
    client.reset(task_id=task.id)
    assert client.step(CodeAction(code=writes(task.solution), submit=True)).reward == 1.0
    for submit in (False, True):
        later = client.step(CodeAction(code="print('on')", submit=submit))
        assert (later.observation.stdout, later.reward, later.done) == ("", None, True)
        assert later.observation.stderr.startswith("[the episode is over")
    assert client.reset().done is False


def test_a_solution_may_come_from_several_steps_in_both_languages(client):
    task = find_task("log_summary")
    script = task.solution["solution.sh"].decode()
    client.reset(task_id=task.id)
    client.step(CodeAction(code=f"cat > solution.sh <<'END'\n{script}END", language="bash"))
    assert client.step(CodeAction(code="", submit=True)).reward == 1.0


def test_a_free_episode_has_nothing_to_submit(client):
    client.reset()
    result = client.step(CodeAction(code="print('hello')", submit=True))
    assert (result.observation.stdout, result.observation.exit_code, result.reward, result.done) == (
        "hello\n",
        1,
        None,
        False,
    )
    assert result.observation.stderr == "[there is nothing to submit: this episode has no task]\n"


def test_a_seed_draws_a_task_of_a_split(client):
    client.reset(seed=5, split="validation")
    assert client.state().task_id == draw_task("validation", 5).id
    assert {draw_task("train", seed).id for seed in range(50)} == {task.id for task in tasks_of("train")}


@pytest.mark.parametrize(
    "options", [{"task_id": "none"}, {"split": "spare"}, {"task_id": "merge_intervals", "split": "test"}]
)
def test_a_task_that_there_is_not_is_refused_and_the_episode_before_goes_on(client, run, options):
    run("x = 1")
    with pytest.raises(ExecutionError):
        client.reset(**options)
    assert run("print(x)").stdout == "1\n"


def test_splits_share_no_task_and_have_enough():
    assert [len(tasks_of(split)) for split in Split] == [5, 3, 4]
    assert len({task.id for task in TASKS}) == len(TASKS)
    assert len({task.statement for task in TASKS}) == len(TASKS)


def test_what_everybody_may_know_holds_no_tests_and_no_solution(environment):
    for split in environment.list_splits():
        listed = environment.list_tasks(split)
        assert environment.num_tasks(split) == len(listed)
        assert [environment.get_task(split, index) for index in range(len(listed))] == listed
        assert environment.get_task_range(split, 1) == listed[1:]
        for task in listed:
            assert task.keys() == {"task_id", "split", "title", "statement", "files", "submits"}
    for index in (-1, 5):
        with pytest.raises(IndexError):
            environment.get_task("train", index)
