"""Nothing that reads messages raises what it should not, however a guided search changes what it reads."""

import subprocess
import sys

import pytest

from tests.behaviour.servers import ROOT

FEW = 10
MANY = pytest.param(120, marks=[pytest.mark.soak, pytest.mark.timeout(300)])


@pytest.mark.parametrize("seconds", [FEW, MANY])
def test_a_guided_search_finds_no_message_that_is_neither_answered_nor_refused(seconds: int, tmp_path):
    pytest.importorskip("atheris", reason="has no wheel for this system")
    options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=1024", f"-artifact_prefix={tmp_path}/"]
    search = [sys.executable, "-m", "tests.fuzz.guided", str(tmp_path), *options]
    outcome = subprocess.run(search, cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr[-5000:]
