"""Fuzzing that is guided by which code runs: ``python -m tests.fuzz.guided FOLDER`` with libFuzzer's options.

In the folder it keeps what has led to new code, beginning with messages that make sense. It gives bytes to everything
that reads messages, without a connection, and ends with an error as soon as something is raised that is no refusal, or
takes too long.
"""

import contextlib
import logging
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import atheris
import numpy as np

with atheris.instrument_imports(include=["openenv", "tests.fuzz.workshop"]):
    from openenv.errors import OpenEnvError, ProtocolError
    from openenv.processes.shelf import OthersShelf, Shelf
    from openenv.sessions.factory import EnvironmentFactory
    from openenv.sessions.worker import Worker
    from openenv.wire import v1, v2
    from openenv.wire.batches import apart, together
    from openenv.wire.exchange import (
        ClientExchange,
        ClientExchangeV1,
        ClientExchangeV2,
        ClientShelved,
        ServerExchangeV1,
        ServerExchangeV2,
        ServerShelved,
    )
    from openenv.wire.frames import (
        Batch,
        Close,
        Failure,
        Fork,
        FrameError,
        GetState,
        Mcp,
        Open,
        Query,
        Reply,
        Request,
        Reset,
        Restore,
        Result,
        Results,
        Snapshot,
        StateReply,
        Step,
    )
    from tests.fuzz.workshop import Workshop

PIXELS = np.arange(6, dtype=np.uint8).reshape(2, 3)
REQUESTS: list[Request] = [
    Reset(1, 2, {"seed": 7, "options": {"a": [None, 1.5]}}),
    Step(1, 3, {"by": 1, "pixels": PIXELS}, 0.5, 2),
    Step(1, 3, {"by": 1, "metadata": {"text": "☃", "more": [True, b"raw"]}}),
    Step(1, 3, {"pixels": PIXELS.astype(">f4")}),
    GetState(1, 4, 3),
    Query(1, 5, "get_task", ["train", 1]),
    Mcp(1, 6, {"jsonrpc": "2.0", "id": 1}),
    Snapshot(1, 7),
    Restore(1, 8, b"saved"),
    Fork(1, 9, 2),
    Batch(0, 1, [Step(1, 10, {"by": 1}), Reset(2, 1), Step(1, 11, {"by": 2})]),
    Batch(2, 10, [Reset(2, 1), Step(1, 2, {"by": 1})], 9),
    Close(1, 12),
    Open(1, 13),
]
REPLIES: list[Reply] = [
    Result(1, 1, {"pixels": PIXELS, "flat": [1]}, 0.5, True, True),
    StateReply(1, 2, {"step_count": 3}),
    Failure(1, 3, "VALIDATION_ERROR", "why", {"errors": [{"type": "missing", "loc": ["by"], "msg": "?"}]}),
    Results(0, 1, {"pixels": np.stack([PIXELS, PIXELS])}, [1.0, None], [False, True], [False, False], []),
    Results(0, 1, [None], [None], [False], [False], [(0, "SESSION_ERROR", "gone", {})]),
]
CHANNELS = (v1.CHANNEL, 1)
SERVER_V2, SERVER_V1, CLIENT_V2, CLIENT_V1, OWNER, SERVING_OWNER = (bytes([number]) for number in range(6))
"""What reads a message is told by the byte in front of it."""

FLAT = v1.FlatFields(frozenset({"a", "screen"}), frozenset({"a"}))

SHELF, OWNERS_SHELF = Shelf(), OthersShelf(SimpleNamespace(pid=os.getpid()))


def write_examples(folder: Path) -> None:
    """Messages that make sense, as files."""
    examples = [SERVER_V2 + v2.encode(request) for request in REQUESTS]
    examples += [CLIENT_V2 + v2.encode(reply) for reply in REPLIES]
    worker = ServerShelved(lambda: SHELF, large=1)
    announced = [worker.send(reply) for reply in REPLIES]
    OWNERS_SHELF.find(*SHELF.address)
    worker.receive(ClientShelved(OWNERS_SHELF).encode(REQUESTS[0]))  # which says that it is found
    answers = announced + [worker.send(reply) for reply in REPLIES]
    examples += [owner + answer for answer in answers for owner in (OWNER, SERVING_OWNER)]
    examples += [SERVER_V1 + v1.encode_request(r).encode() for r in REQUESTS if isinstance(r, v1.SENDABLE)]
    examples += [CLIENT_V1 + v1.encode_reply(r).encode() for r in REPLIES if isinstance(r, v1.ANSWERABLE)]
    for number, example in enumerate(examples):
        (folder / f"example-{number}").write_bytes(example)


def a_server(worker: Worker, exchange: ServerExchangeV1 | ServerExchangeV2, message: str | bytes) -> None:
    """Every message has an answer, which its peer can read."""
    try:
        reply = worker.handle(exchange.receive(message))
    except FrameError as error:
        reply = error.reply
    if isinstance(reply, Reply):
        client = ClientExchangeV1() if isinstance(exchange, ServerExchangeV1) else ClientExchangeV2()
        read(exchange.send(reply), client)


def read(message: str | bytes | None, client: ClientExchange) -> None:
    """As a client does."""
    client.expect(GetState(0, 1))
    if message is not None:
        told(client.receive(message))


def told(reply: Reply) -> None:
    """What a client does with a reply."""
    if isinstance(reply, Failure):
        assert isinstance(reply.error(), OpenEnvError)
    elif isinstance(reply, Results):
        apart(Batch(0, 1, [Step(1, 1, {})] * len(reply.rewards)), reply)


def a_client(message: str | bytes, client: ClientExchange) -> None:
    """Every message is a reply, or a breach of the protocol."""
    with contextlib.suppress(ProtocolError):
        read(message, client)


def an_owner_that_serves(message: bytes, client: ClientExchange) -> None:
    """Every reply can be passed on, alone and with others, and read by who gets it."""
    with contextlib.suppress(ProtocolError):
        reply = client.receive(message)
        read(ServerExchangeV1(FLAT).send(reply), ClientExchangeV1())
        read(ServerExchangeV2().send(reply), ClientExchangeV2())
        batch = Batch(0, 1, [Step(1, 1, {})] * 2)
        read(ServerExchangeV2().send(together(batch, [reply, reply])), ClientExchangeV2())


def main() -> None:
    """Until libFuzzer's options say that it is enough."""
    logging.disable()
    write_examples(Path(sys.argv[1]))
    worker = Worker(EnvironmentFactory.of(Workshop))

    def try_one(data: bytes) -> None:
        for channel in CHANNELS:  # unless it is open
            worker.handle(Open(channel, 1))
        worker.handle(Open(2, 1, seats=2))
        way, message = data[:1], data[1:]
        if way == SERVER_V2:
            a_server(worker, ServerExchangeV2(), message)
        elif way == SERVER_V1:
            a_server(worker, ServerExchangeV1(), message.decode(errors="replace"))
        elif way == CLIENT_V2:
            a_client(message, ClientExchangeV2())
        elif way == CLIENT_V1:
            a_client(message.decode(errors="replace"), ClientExchangeV1())
        elif way == OWNER:
            a_client(message, ClientShelved(OWNERS_SHELF))
        elif way == SERVING_OWNER:
            an_owner_that_serves(message, ClientShelved(OWNERS_SHELF, passes_on=True))

    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
