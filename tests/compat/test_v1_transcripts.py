"""Conversations that were recorded with the reference's server are held with ours, to the byte."""

import re
from pathlib import Path

import pytest

from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
from openenv.wire.exchange import ServerExchangeV1
from openenv.wire.frames import FrameError, Reply
from tests.compat.peers.talk import Talk
from tests.compat.reference import Program, reference_interpreter

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
CLOSED = "← close 1000"


class Server:
    """One connection and its session, without a network."""

    def __init__(self) -> None:
        self._exchange = ServerExchangeV1()
        self._session = Dispatch(EnvironmentFactory.of(Talk))
        self._session.create()

    def lines(self, request: str) -> list[str]:
        """What is said to a request."""
        reply = self._reply(request)
        message = self._exchange.send(reply)
        closed = [CLOSED] if self._exchange.ends_with(reply) else []
        return [*([] if message is None else [f"← {message}"]), *closed]

    def _reply(self, request: str) -> Reply:
        try:
            return self._session.handle(self._exchange.receive(request))
        except FrameError as error:
            return error.reply


def same_version(text: str) -> str:
    """Without the version of pydantic, which is in the addresses of its errors."""
    return re.sub(r"errors\.pydantic\.dev/[^/]+/", "errors.pydantic.dev/…/", text)


def held_with_us(transcript: list[str]) -> list[str]:
    server, said = Server(), []
    for line in transcript:
        if not line.startswith("← "):
            said.append(line)
        if line.startswith("→ "):
            said += server.lines(line.removeprefix("→ "))
    return said


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_our_server_says_what_the_reference_s_said(path: Path):
    recorded = same_version(path.read_text())
    assert same_version("\n".join(held_with_us(recorded.splitlines())) + "\n") == recorded


def test_the_reference_s_server_still_says_what_was_recorded():
    recorder = Program("record", *TRANSCRIPTS, python=reference_interpreter())
    assert same_version(recorder.output()) == same_version("".join(path.read_text() for path in TRANSCRIPTS))


def test_every_code_that_leaves_the_session_as_it_was_is_among_them():
    found = set(re.findall(r'"code":"(\w+)"', "".join(path.read_text() for path in TRANSCRIPTS)))
    assert found == {"INVALID_JSON", "UNKNOWN_TYPE", "VALIDATION_ERROR", "EXECUTION_ERROR"}


def test_what_pydantic_refuses_within_the_environment_is_no_fault_of_the_message_s():
    """Here we differ: the reference says VALIDATION_ERROR, as if the message had been wrong."""
    (line,) = Server().lines('{"type":"reset","data":{"episode_id":5}}')
    assert line.startswith('← {"type":"error","data":{"message":"1 validation error for Tally\\nepisode_id\\n')
    assert line.endswith('"code":"EXECUTION_ERROR"}}')
