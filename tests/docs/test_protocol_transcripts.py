"""``docs/protocol.md`` is true: every transcript is replayed, and its tables list what the code has."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from echo_env.server.echo_environment import EchoEnvironment
from openenv.errors import ServerError
from openenv.processes.framing import LENGTH, framed
from openenv.processes.worker import launch_worker
from openenv.server.production import production_exchange
from openenv.server.websocket import WebSocketEndpoint
from openenv.sessions.capacity import Queue
from openenv.sessions.deadlines import Deadlines
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.pool import PoolOptions, SessionPool
from openenv.sessions.queries import QUERIES
from openenv.wire import v1
from openenv.wire.exchange import server_exchange
from openenv.wire.frames import (
    SUBPROTOCOL,
    Branches,
    Cancel,
    Failed,
    Failure,
    Forked,
    Frame,
    Id,
    Known,
    Opened,
    Reply,
    Request,
    Requests,
    Seats,
    Seconds,
)
from tests.docs.environments import ENVIRONMENTS
from tests.docs.transcripts import (
    DOCUMENT,
    OVER_SOCKET_PAIR,
    OVER_WEBSOCKET,
    RECONNECT,
    TRANSCRIPTS,
    Line,
    Transcript,
    filled_in,
    from_bytes,
    hiding,
    same_version,
    to_bytes,
)

BOUND_S = 20.0


def check_frame(message: bytes, line: Line) -> None:
    wanted = json.loads(line.text)
    found = same_version(json.dumps(hiding(from_bytes(message), wanted), ensure_ascii=False))
    assert found == same_version(json.dumps(wanted, ensure_ascii=False))
    if line.hex:
        assert message.hex(" ") == line.hex


# Over a WebSocket.


class Peer:
    """The other end of the endpoint's connections, of which it has one at a time."""

    def __init__(self, endpoint: WebSocketEndpoint, transcript: Transcript) -> None:
        self._endpoint = endpoint
        self._transcript = transcript
        self.opened: list[str] = []
        """What ``Opened`` said last, or ``Forked`` of its first branch: the session's id and secret."""

    async def connect(self) -> None:
        """Ask for the upgrade, and see what is chosen."""
        self.sent: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.replies: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        query = next((word[1:] for word in self._transcript.words if word.startswith("?")), "")
        chosen = SUBPROTOCOL if self._transcript.wire == "v2" else None
        scope = {"type": "websocket", "subprotocols": [chosen] if chosen else [], "query_string": query.encode()}
        self.sent.put_nowait({"type": "websocket.connect"})
        self._serving = asyncio.create_task(self._endpoint(scope, self.sent.get, self.replies.put))
        assert await self.reply() == {"type": "websocket.accept", "subprotocol": chosen}

    async def disconnect(self) -> None:
        """Be gone, whatever is unread."""
        self.sent.put_nowait({"type": "websocket.disconnect"})
        async with asyncio.timeout(BOUND_S):
            await self._serving

    async def reply(self) -> MutableMapping[str, Any]:
        """The next thing that the server does."""
        async with asyncio.timeout(BOUND_S):
            return await self.replies.get()


def options_of(words: list[str]) -> PoolOptions:
    """What the server of a transcript grants."""
    return PoolOptions(
        max_sessions=1 if {"full", "one-slot"} & {*words} else 8,
        host=HostKind.PROCESS if "hurried" in words else HostKind.THREAD,
        queue=Queue() if "queue" in words else Queue(max_waiting=0),
        deadlines=Deadlines(grace_s=0.5) if "hurried" in words else Deadlines(),
    )


@asynccontextmanager
async def connected(transcript: Transcript) -> AsyncIterator[Peer]:
    words = transcript.words
    pool = SessionPool(EnvironmentFactory.of(ENVIRONMENTS[words[1]]), options_of(words))
    if "full" in words:
        await pool.open()
    exchange = production_exchange if "production" in words else server_exchange
    peer = Peer(WebSocketEndpoint(pool, exchange=exchange), transcript)
    await peer.connect()
    yield peer
    await peer.disconnect()
    async with asyncio.timeout(BOUND_S):
        await pool.close_all()
    assert peer.replies.empty()


def message_of(line: Line, wire: str) -> dict[str, Any]:
    """What arrives at the server."""
    if wire == "v2" and line.text.startswith('"'):
        return {"text": json.loads(line.text)}
    if wire == "v2" or line.text.startswith("bytes "):
        return {"bytes": to_bytes(line)}
    return {"text": line.text}


def check_reply(event: MutableMapping[str, Any], line: Line, wire: str) -> None:
    if line.text.startswith("close "):
        assert event == {"type": "websocket.close", "code": int(line.text.removeprefix("close "))}
    elif wire == "v2":
        check_frame(event["bytes"], line)
    else:
        assert same_version(event["text"]) == same_version(line.text)


def last_requests(transcript: Transcript) -> list[Line]:
    """Requests that are refused behind all others, one for each channel."""
    if transcript.lines[-1].text.startswith("close "):
        return []
    return [Line("→", "{}", "")] if transcript.wire == "v1" else [Line("→", f"[0, {n}, 0]", "") for n in range(3)]


async def check_silence(peer: Peer, transcript: Transcript) -> None:
    """Nothing comes that the transcript does not have."""
    for line in last_requests(transcript):
        peer.sent.put_nowait({"type": "websocket.receive", **message_of(line, transcript.wire)})
        event = await peer.reply()
        text = event.get("text") or json.dumps(from_bytes(event.get("bytes", b"\xc0")))
        assert "Unknown message type" in text, text


async def send(peer: Peer, line: Line, wire: str) -> None:
    if line.text == RECONNECT:
        await peer.disconnect()
        await peer.connect()
        return
    message = message_of(filled_in(line, peer.opened), wire)
    if line.hex:
        assert message["bytes"].hex(" ") == line.hex
    peer.sent.put_nowait({"type": "websocket.receive", **message})


async def replayed(transcript: Transcript) -> None:
    async with connected(transcript) as peer:
        for line in transcript.lines:
            if line.arrow == "→":
                await send(peer, line, transcript.wire)
            else:
                event = await peer.reply()
                check_reply(event, line, transcript.wire)
                if line.text.startswith(f"[{tag(Opened)},"):
                    peer.opened = from_bytes(event["bytes"])[3:]
                if line.text.startswith(f"[{tag(Forked)},"):
                    peer.opened = from_bytes(event["bytes"])[3][0]
        await check_silence(peer, transcript)


@pytest.mark.parametrize("transcript", OVER_WEBSOCKET, ids=str)
def test_a_server_says_on_a_websocket_what_the_transcript_says(transcript: Transcript):
    asyncio.run(replayed(transcript))


# Over a socket pair.


@pytest.fixture
def worker() -> Iterator[socket.socket]:
    """The socket of a session worker that has had its first message."""
    sock, child = launch_worker(EchoEnvironment)
    with sock:
        sock.settimeout(BOUND_S)
        yield sock
    assert child.wait(BOUND_S) == 0


@pytest.mark.parametrize("transcript", OVER_SOCKET_PAIR, ids=str)
def test_a_session_worker_says_what_the_transcript_says(transcript: Transcript, worker: socket.socket):
    with worker.makefile("rwb") as stream:
        for line in transcript.lines:
            if line.arrow == "→":
                message = framed(to_bytes(line))
                assert line.hex in ("", message.hex(" "))
                stream.write(message)
                stream.flush()
            else:
                length = stream.read(LENGTH.size)
                message = stream.read(*LENGTH.unpack(length))
                check_frame(message, Line(line.arrow, line.text, ""))
                assert line.hex in ("", (length + message).hex(" "))
        worker.shutdown(socket.SHUT_WR)
        assert stream.read() == b""


# What the document has to show.


def test_every_block_with_messages_is_replayed():
    wires = {transcript.wire for transcript in TRANSCRIPTS}
    assert (wires, len(TRANSCRIPTS)) == ({"v1", "v2", "socket-pair"}, len(OVER_WEBSOCKET) + len(OVER_SOCKET_PAIR))


def test_every_kind_is_shown_in_a_transcript():
    shown = [json.loads(line.text) for t in TRANSCRIPTS if t.wire != "v1" for line in t.lines if line.text[0] == "["]
    assert set(map(tag, KINDS)) <= {frame[0] for frame in shown if frame}


# Tables.

KINDS: tuple[type[Frame], ...] = get_args(Request) + get_args(Reply)


def tag(kind: type[Frame]) -> Any:
    return kind.__struct_config__.tag


TYPES: dict[Any, str] = {
    str: "text",
    str | None: "text or nil",
    bytes: "bytes",
    Branches: "integer",
    Seats: "integer",
    int: "integer",
    list[Known]: "array of pairs",
    Requests: "array of requests",
    dict[str, Any] | list[dict[str, Any] | None]: "map or array",
    list[bool | int | float | None]: "array",
    list[bool]: "array",
    list[Failed]: "array",
    Id: "integer",
    Seconds | None: "seconds or nil",
    bool | int | float | None: "number, boolean or nil",
    bool: "boolean",
    dict[str, Any]: "map",
    list[Any]: "array",
    Any: "anything",
}


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without the table's own head."""
    found = re.search(rf"^#+ {heading}$.*?((?:^\|[^\n]*\n)+)", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found is not None
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found[1].splitlines()[2:]]


def field_words(field: msgspec.structs.FieldInfo, kind: Any) -> str:
    """A field as the table of kinds has it."""
    default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    said = "" if default is msgspec.NODEFAULT else f" = {json.dumps(default).replace('null', 'nil')}"
    return f"`{field.name}` {TYPES[kind]}{said}"


def fields_of(kind: type[Frame]) -> str:
    hints = get_type_hints(kind, include_extras=True)
    own = [field for field in msgspec.structs.fields(kind) if field.name not in ("channel", "id")]
    return "; ".join(field_words(field, hints[field.name]) for field in own)


def test_the_table_of_kinds_lists_the_frames_and_their_fields():
    documented = [(row[0], row[1], row[2]) for row in table("Kinds")]
    assert documented == [(str(tag(kind)), f"`{kind.__name__}`", fields_of(kind)) for kind in KINDS]


def answers_in(transcript: Transcript) -> Iterator[tuple[int, int]]:
    """The kinds of each request and of the reply under its channel and id, where that is no Failure."""
    asked: dict[tuple[int, int], int] = {}
    for line in transcript.lines:
        kind, *address = json.loads(line.text)[:3] if line.text.startswith("[") else (0,)
        if line.arrow == "→" and len(address) == 2 and kind != tag(Cancel):
            asked[address[0], address[1]] = kind
        elif line.arrow == "←" and kind != tag(Failure):
            yield asked[address[0], address[1]], kind


def test_the_table_of_kinds_says_which_reply_each_request_gets():
    names = {f"`{kind.__name__}`": tag(kind) for kind in KINDS}
    documented = {(int(row[0]), names[row[4]]) for row in table("Kinds") if row[4] in names}
    shown = {pair for t in TRANSCRIPTS if t.wire != "v1" for pair in answers_in(t)}
    assert documented == shown


def errors_below(kind: type[ServerError]) -> Iterator[type[ServerError]]:
    """The library's own; other tests may define more."""
    for below in kind.__subclasses__():
        if below.__module__ == "openenv.errors":
            yield below
            yield from errors_below(below)


def code_row(kind: type[ServerError]) -> tuple[str, str, str, str, str]:
    """An error as the table of codes has it."""
    sent = v1.encode_reply(Failure(0, 0, kind.code, "", dict.fromkeys(kind.fields)))
    on_v1 = json.loads(sent)["data"]
    beside = [name for name in on_v1 if name not in ("message", "code")]
    return f"`{kind.code}`", f"`{on_v1['code']}`", quoted(kind.fields), quoted(beside), "yes" if kind.fatal else "no"


def quoted(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def test_the_table_of_codes_lists_the_errors_of_the_library():
    documented = [tuple(row[:5]) for row in table("Error codes")]
    assert sorted(documented) == sorted({code_row(kind) for kind in errors_below(ServerError)})


def test_the_document_names_every_query():
    assert [row[0] for row in table("Queries")] == [f"`{name}`" for name in QUERIES]
