"""Each way to begin a session has one static type."""

import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).with_name("typing_cases.py")


@pytest.mark.timeout(180)
def test_a_type_checker_knows_what_each_way_to_begin_a_session_gives():
    command = [sys.executable, "-m", "mypy", "--warn-unused-ignores", str(CASES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CASES.parents[2])
    assert done.returncode == 0, done.stdout + done.stderr
