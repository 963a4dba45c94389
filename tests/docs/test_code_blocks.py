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


EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def write_blocks(document: Path, script: Path) -> None:
    """A document's blocks as one script."""
    blocks = re.findall(r"^```python\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE)
    script.write_text("\n\n".join(blocks))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_python_block_runs(document: Path, tmp_path: Path):
    script = tmp_path / "blocks.py"
    write_blocks(document, script)
    finished = subprocess.run(
        [sys.executable, "-W", "error", script], capture_output=True, text=True, timeout=50, cwd=tmp_path, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_runs(example: Path, tmp_path: Path):
    finished = subprocess.run(
        [sys.executable, "-W", "error", example], capture_output=True, text=True, timeout=50, cwd=tmp_path, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout


@pytest.mark.timeout(180)
def test_a_strict_type_checker_accepts_what_the_documents_and_examples_show(tmp_path: Path):
    scripts = [tmp_path / f"document_{number}.py" for number in range(len(DOCUMENTS))]
    for document, script in zip(DOCUMENTS, scripts, strict=True):
        write_blocks(document, script)
    command = [sys.executable, "-m", "mypy", "--strict", *scripts, *EXAMPLES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
