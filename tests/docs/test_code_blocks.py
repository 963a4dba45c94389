"""Every Python block of the documents runs, in the order in which a reader meets it, each document in a process."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "envs/*/README.md")
    for path in ROOT.glob(pattern)
    if "```python\n" in path.read_text()
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_python_block_runs(document: Path, tmp_path: Path):
    blocks = re.findall(r"^```python\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE)
    script = tmp_path / "blocks.py"
    script.write_text("\n\n".join(blocks))
    finished = subprocess.run(
        [sys.executable, "-W", "error", script], capture_output=True, text=True, timeout=50, cwd=tmp_path, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")


EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_runs(example: Path, tmp_path: Path):
    finished = subprocess.run(
        [sys.executable, "-W", "error", example], capture_output=True, text=True, timeout=50, cwd=tmp_path, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout
