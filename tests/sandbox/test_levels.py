"""Which level a sandbox gets, and what it says about it."""

import os

import pytest

from openenv.errors import RuntimeUnavailable, SessionLost
from openenv.sandbox import Level, Sandbox, probes, unprivileged
from openenv.sandbox import jail as jails
from openenv.sandbox.factory import Factory
from openenv.sandbox.inside import landlock


def test_the_isolation_is_one_line_and_a_struct(sandbox):
    isolation = sandbox.isolation
    line = str(isolation)
    assert line.startswith(f"sandbox: {isolation.level} (")
    assert "network off" in line
    assert "\n" not in line
    assert (isolation.seccomp, isolation.landlock > 0) == (True, True)
    assert isolation.namespaces is isolation.level.startswith("jail")


def test_levels_have_an_order():
    assert Level.JAIL_CGROUP.reaches(Level.JAIL)
    assert Level.JAIL.reaches(Level.LANDLOCK)
    assert not Level.LANDLOCK.reaches(Level.JAIL)
    assert not Level.NONE.reaches(Level.CONTAINER)


def test_nothing_starts_below_the_least_isolation():
    with pytest.raises(RuntimeUnavailable, match="weaker than jail"):
        Sandbox(level="landlock", min_isolation="jail")


def test_without_bubblewrap_the_next_level_is_used(monkeypatch):
    monkeypatch.setattr(jails.shutil, "which", lambda *args, **options: None)
    with Sandbox() as sandbox:
        assert sandbox.isolation.level == "landlock"
    with pytest.raises(RuntimeUnavailable, match="apt-get install bubblewrap"):
        Sandbox(min_isolation="jail")


def test_no_protection_takes_a_word_of_its_own():
    with pytest.raises(RuntimeUnavailable, match="allow_unsafe"):
        Sandbox(level="none")
    with Sandbox(level="none", allow_unsafe=True) as sandbox, sandbox.session() as session:
        assert "network ON" in str(sandbox.isolation)
        assert session.exec("print(1)").stdout == "1\n"


FAILING = {
    "breached": "breaches = lambda surroundings: ['connects by TCP']",
    "silent": "import os; os._exit(0)",
    "no answer": "breaches = lambda surroundings: None",
    "noise": "print('all is well')\nbreaches = lambda surroundings: []",
    "raising": "1 / 0",
}


@pytest.mark.parametrize("level", ["jail", "landlock"])
@pytest.mark.parametrize("program", FAILING.values(), ids=FAILING)
def test_a_probe_that_is_breached_or_does_not_answer_fails_closed(monkeypatch, tmp_path, level, program):
    attempts = tmp_path / "attempts.py"
    attempts.write_text(program)
    monkeypatch.setattr(probes.attempts, "__file__", str(attempts))
    with pytest.raises(RuntimeUnavailable, match="does not hold here"):
        Sandbox(level=level)


def test_a_shell_command_ends_in_time_where_no_signal_leaves_the_session(monkeypatch):
    monkeypatch.setattr(landlock, "version", lambda: landlock.FIRST_WITH_SCOPES - 1)
    with Sandbox(level="landlock") as sandbox, sandbox.session() as session:
        result = session.shell("sleep 4712", 0.3)
        assert (result.status, result.alive) == ("timeout", False)
        session.reset()
        assert session.shell("echo on").stdout == "on\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root chooses as whom a sandbox runs")
def test_no_two_sandboxes_of_root_run_as_one_user(monkeypatch):
    with Sandbox(level="landlock") as sandbox:
        user = sandbox.isolation.user_id
        monkeypatch.setattr(unprivileged, "_FREE_USERS", (user, user + 1))
        assert {unprivileged.user_of_sandbox() for _ in range(20)} == {user + 1}


def test_a_level_that_makes_no_session_is_not_to_be_had(monkeypatch):
    async def none(self, wait):
        raise SessionLost("no room")

    monkeypatch.setattr(Factory, "take", none)
    with pytest.raises(RuntimeUnavailable, match="no room"):
        Sandbox(level="landlock")


def test_what_cannot_be_imported_beforehand_is_named():
    with pytest.raises(ValueError, match="no_such_module cannot be imported"):
        Sandbox(["no_such_module"], level="landlock")


@pytest.mark.parametrize("argument", ["level", "min_isolation"])
def test_a_level_that_there_is_not_is_refused_with_those_that_there_are(argument):
    with pytest.raises(
        ValueError, match=r"no level 'jial'; write one of jail\+cgroup, jail, container, landlock, none"
    ):
        Sandbox(**{argument: "jial"})
