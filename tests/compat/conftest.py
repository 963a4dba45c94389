"""The reference's server and ours, and the minute of thinking, which runs beside all other tests."""

from collections.abc import Iterator

import pytest

from tests.compat.reference import REFERENCE, Program, reference_interpreter

THINKING_S = 60.0

_thinkers: list["Thinker"] = []


class Thinker:
    """A reference server of its own with its default pings, and a client of ours that thinks."""

    def __init__(self) -> None:
        self._server = Program("serve", python=reference_interpreter())
        self._client = Program("think", f"http://127.0.0.1:{self._server.first_line()}", THINKING_S)

    def output(self) -> str:
        """What the client saw in the end."""
        return self._client.output(within_s=2 * THINKING_S)

    def close(self) -> None:
        """End both."""
        self._client.close()
        self._server.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who waits for the thinker comes last."""
    items.sort(key=_waits_for_the_thinker)


def pytest_collection_finish(session: pytest.Session) -> None:
    """The thinker begins before the first test, when one wants it and tests will run."""
    wanted = any(map(_waits_for_the_thinker, session.items)) and not session.config.option.collectonly
    if wanted and REFERENCE.exists():
        _thinkers.append(Thinker())


def pytest_sessionfinish() -> None:
    """It ends with the tests, also when they are interrupted."""
    for thinker in _thinkers:
        thinker.close()


def _waits_for_the_thinker(item: pytest.Item) -> bool:
    return "thinker" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def thinker() -> Thinker:
    """Begun before the first test."""
    if not _thinkers:  # the reference is missing, which this says
        _thinkers.append(Thinker())
    return _thinkers[0]


def _served(python: str | None, *module: str) -> Iterator[str]:
    program = Program("serve", *module) if python is None else Program("serve", *module, python=python)
    try:
        yield f"http://127.0.0.1:{program.first_line()}"
    finally:
        program.close()


@pytest.fixture(scope="session")
def reference_url() -> Iterator[str]:
    """The reference's server with the game."""
    yield from _served(reference_interpreter())


@pytest.fixture(scope="session")
def our_url() -> Iterator[str]:
    """Our server with the same game, by plain uvicorn."""
    yield from _served(None)


@pytest.fixture(scope="session")
def screens_url() -> Iterator[str]:
    """Our server with pixels, by plain uvicorn."""
    yield from _served(None, "screens")
