"""Outlasting: waiting until a worker has ended what it does, which is interrupted until it stops."""

from __future__ import annotations

import time

from openenv.client.transport import Transport
from openenv.processes.child import Process
from openenv.wire.exchange import ClientExchange
from openenv.wire.frames import MAX_CHANNEL, Close

_AGAIN_S = 1.0
_NOBODYS_CHANNEL = MAX_CHANNEL
"""On which no session is ever opened: the question closes nothing."""


async def outlast(
    transport: Transport, exchange: ClientExchange, *, process: Process, id: int, deadline: float
) -> None:
    """Until the worker answers a question that concerns no session, behind all that it was asked before; ``id`` is the
    question's. What it answers before is passed over. TimeoutError when all that takes too long.

    It is interrupted again and again: one interrupt may come in the moment in which a program begins to wait, between
    its last look for signals and the system call, and does not wake it then.
    """
    message = exchange.encode(Close(_NOBODYS_CHANNEL, id))
    assert message is not None
    await transport.send(message, deadline - time.monotonic())
    while (left_s := deadline - time.monotonic()) > 0:
        try:
            while exchange.receive(await transport.receive(min(_AGAIN_S, left_s))).id != id:
                pass
        except TimeoutError:
            process.interrupt()
        else:
            return
    raise TimeoutError
