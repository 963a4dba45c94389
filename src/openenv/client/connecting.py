"""Connecting: from an endpoint to a transport, and the protocol that is spoken on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openenv.client.transport import Colour, Limits, Transport
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.exchange import ClientExchange, ClientParcels, ClientShelved, client_exchange
from openenv.wire.frames import SUBPROTOCOL


@dataclass(frozen=True)
class Connection:
    """A transport to what a runtime has opened, or to a server, and its protocol."""

    endpoint: Any
    transport: Transport
    exchange: ClientExchange

    @classmethod
    async def make(cls, endpoint: Any, *, colour: Colour, limits: Limits, wire: str) -> Connection:
        """Connect and agree on the protocol. ServerUnreachable when nobody answers, or something else than a server."""
        if isinstance(endpoint, SocketEndpoint):
            transport = await colour.connect_socket(endpoint)
            return cls(endpoint, transport, ClientShelved(endpoint.shelf))
        if isinstance(endpoint, UrlEndpoint):
            transport = await colour.connect_url(endpoint, limits, [SUBPROTOCOL] if wire == "auto" else [])
            return cls(endpoint, transport, client_exchange(transport.subprotocol))
        return cls(endpoint, endpoint.connect(colour), ClientParcels())
