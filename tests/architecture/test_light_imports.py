"""Importing the library costs little, and a client's process never loads what only servers need."""

import json
import subprocess
import sys

# Beyond those of an interpreter that has imported nothing.
MAX_MODULES_OF_THE_PACKAGE = 60
# In all: pydantic, msgspec, a WebSocket library, and what they need.
MAX_MODULES_OF_A_CLIENT = 340
NOT_FOR_THE_PACKAGE = {"asyncio", "msgspec", "numpy", "pydantic", "websockets"}
NOT_FOR_A_CLIENT = {"click", "fastapi", "gradio", "mcp", "numpy", "rich", "starlette", "uvicorn"}


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds once it has run `statement`."""
    program = f"{statement}\nimport sys; names = list(sys.modules)\nimport json; print(json.dumps(names))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_few_modules():
    assert len(modules_after("import openenv") - modules_after("")) < MAX_MODULES_OF_THE_PACKAGE


def test_importing_the_package_loads_no_library():
    assert modules_after("import openenv") & NOT_FOR_THE_PACKAGE == set()


def test_a_client_loads_few_modules():
    assert len(modules_after("from openenv import EnvClient")) <= MAX_MODULES_OF_A_CLIENT


def test_a_client_loads_nothing_that_only_servers_need():
    assert modules_after("from openenv import EnvClient") & NOT_FOR_A_CLIENT == set()
