"""Production mode over ``/ws``: clients may use the environment's tools, and may not run its episodes."""

from __future__ import annotations

from openenv.errors import UnsupportedOperation
from openenv.wire.exchange import Message, ServerExchange, server_exchange
from openenv.wire.frames import (
    OPERATIONS,
    Batch,
    Fork,
    FrameError,
    GetState,
    Reply,
    Request,
    Reset,
    Restore,
    Snapshot,
    Step,
)

_OF_AN_EPISODE = (Reset, Step, GetState, Fork, Snapshot, Restore, Batch)


class ProductionExchange:
    """Refuses what belongs to an episode as if the protocol did not have them."""

    def __init__(self, exchange: ServerExchange) -> None:
        self._exchange = exchange

    def receive(self, message: Message | memoryview) -> Request:
        """The request in a message; FrameError also for one that belongs to an episode."""
        request = self._exchange.receive(message)
        if isinstance(request, _OF_AN_EPISODE):
            error = UnsupportedOperation(f"{OPERATIONS[type(request)]} is not available in production mode")
            raise FrameError(error, channel=request.channel, id=request.id)
        return request

    def send(self, reply: Reply) -> Message | None:
        """The message that carries a reply."""
        return self._exchange.send(reply)

    def ends_with(self, reply: Reply) -> bool:
        """The connection ends after this reply."""
        return self._exchange.ends_with(reply)


def production_exchange(subprotocol: str | None) -> ServerExchange:
    """The exchange for what was negotiated."""
    return ProductionExchange(server_exchange(subprotocol))
