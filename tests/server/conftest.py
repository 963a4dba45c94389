"""A client of an application, over the whole life of that application."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from openenv import create_app

HOSTS = ("thread", "process")


@pytest.fixture(params=HOSTS)
def host(request) -> str:
    """Where the sessions run."""
    return request.param


class Journal:
    """What the environments of a test have noted, in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    @property
    def events(self) -> list[str]:
        return self.path.read_text().splitlines()


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal(tmp_path / "journal")


@pytest.fixture
def serve() -> Iterator[Callable[..., TestClient]]:
    """A client of an application around an environment; the application starts now and ends with the test."""
    with ExitStack() as stack:

        def start(env: Any, *arguments: Any, **options: Any) -> TestClient:
            return stack.enter_context(TestClient(create_app(env, *arguments, **options)))

        yield start


@pytest.fixture
def journaled(journal) -> Callable[[Any], Any]:
    """An environment's class, with the journal as its argument."""
    return lambda environment: partial(environment, journal.path)
