"""Clients that were written for the reference's coding environment work with ours."""

import json
from collections.abc import Iterator

import pytest

from openenv.runtimes.process import ProcessRuntime
from tests.compat.reference import Program, reference_interpreter

_GONE = "its variables are gone, and a reset begins another]"
EPISODE = [
    ["", [], 0, None, False],
    ["", [], 0, None, False],
    ["42\n", [], 0, None, False],
    ["", ["ZeroDivisionError: division by zero"], 1, None, False],
    ["", [], 3, None, False],
    ["", [f"[the interpreter ended with exit status 4; {_GONE}"], 4, None, False],
    ["", [f"[the session has ended; {_GONE}"], 4, None, False],
    [6, 4],
    ["", [], 0, None, False],
    ["1\n", [], 0, None, False],
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Our server's."""
    server = ProcessRuntime("coding-env")
    yield server.open().url
    server.close()


def test_the_reference_s_client_plays_an_episode(url):
    assert json.loads(Program("program", url, python=reference_interpreter()).output()) == EPISODE


def test_our_client_with_the_reference_s_models_plays_the_same(url):
    assert json.loads(Program("program", url).output()) == EPISODE
