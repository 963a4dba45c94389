"""Exchanges: one side of a connection. They number requests, pair replies with them, and choose the codec."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from openenv.errors import ExecutionError, ProtocolError
from openenv.wire import v1, v2
from openenv.wire.frames import SUBPROTOCOL, Cancel, Close, Closed, Failure, Reply, Request
from openenv.wire.parcels import Packer, Unpacker
from openenv.wire.shelved import LARGE, ReceiversCodec, ReceiversShelf, SendersCodec, SendersShelf
from openenv.wire.values import UNENCODABLE

Message = str | bytes
"""What one WebSocket message holds: text on v1, bytes on v2."""

Received = Message | memoryview
"""What has arrived: of a large message it may be a view."""


class ClientExchange(Protocol):
    """The asking side. Requests may be in flight together; replies arrive in any order on v2."""

    counts_replies: bool
    """Replies carry no id, so that none may be missed."""

    def encode(self, request: Request) -> Message | None:
        """The message that carries the request; None where the protocol has none."""
        ...

    def expect(self, request: Request) -> bool:
        """The message is about to be sent; whether a reply will come."""
        ...

    def receive(self, message: Received) -> Reply:
        """The reply in a message, with the channel and id of the request that it answers; 0 when it answers none."""
        ...


class ClientExchangeV2:
    """Ids are in the frames."""

    counts_replies = False
    encode: Callable[[Request], bytes] = staticmethod(v2.encode)
    receive: Callable[[Received], Reply] = staticmethod(v2.decode_reply)

    def expect(self, request: Request) -> bool:
        """Everything but cancelling is answered."""
        return not isinstance(request, Cancel)


class ClientParcels(ClientExchangeV2):
    """As v2, with a server in the same process."""

    def __init__(self) -> None:
        self.encode, self.receive = Packer().pack, Unpacker().reply


class ClientShelved(ClientExchangeV2):
    """As v2, with a session worker, whose large arrays come by way of shared memory."""

    def __init__(self, shelf: ReceiversShelf, *, passes_on: bool = False) -> None:
        codec = ReceiversCodec(shelf, passes_on=passes_on)
        self.encode, self.receive = codec.encode, codec.decode_reply


class ClientExchangeV1:
    """Replies carry no id and come in the order of the requests: they are counted.

    The reply of a request that nobody waits for any more is still counted, and so cannot answer a later one.
    """

    counts_replies = True

    def __init__(self) -> None:
        self._unanswered: deque[int] = deque()

    def encode(self, request: Request) -> Message | None:
        """Text; opening and cancelling have no message."""
        return v1.encode_request(request) if isinstance(request, v1.SENDABLE) else None

    def expect(self, request: Request) -> bool:
        """Count the request; closing is answered by the connection's end."""
        answered = isinstance(request, v1.SENDABLE) and not isinstance(request, Close)
        if answered:
            self._unanswered.append(request.id)
        return answered

    def receive(self, message: Received) -> Reply:
        """The reply to the oldest request that has none; an error that answers none has id 0."""
        id = self._unanswered.popleft() if self._unanswered else 0
        reply = v1.decode_reply(message, id=id)
        if id == 0 and not isinstance(reply, Failure):
            raise ProtocolError("the server sent a reply that nobody asked for")
        return reply


class ServerExchange(Protocol):
    """The answering side."""

    def receive(self, message: Received) -> Request:
        """The request in a message; FrameError, with the reply to send, when it is none."""
        ...

    def send(self, reply: Reply) -> Message | None:
        """The message that carries a reply; None where the protocol has none."""
        ...

    def ends_with(self, reply: Reply) -> bool:
        """The connection ends after this reply."""
        ...


class ServerExchangeV2:
    """Frames as they are."""

    receive: Callable[[Received], Request] = staticmethod(v2.decode_request)
    _encode: Callable[[Reply], bytes] = staticmethod(v2.encode)

    def send(self, reply: Reply) -> bytes:
        """A reply as bytes; one that cannot be encoded becomes an error."""
        try:
            return self._encode(reply)
        except UNENCODABLE as error:
            return self._encode(_unsendable(reply, error))

    def ends_with(self, reply: Reply) -> bool:
        """Never: a connection carries many sessions."""
        return False


class ServerParcels(ServerExchangeV2):
    """As v2, with a client in the same process."""

    def __init__(self) -> None:
        self._encode, self.receive = Packer().pack, Unpacker().request


class ServerShelved(ServerExchangeV2):
    """As v2, in a session worker, whose large arrays go by way of shared memory."""

    def __init__(self, make: Callable[[], SendersShelf], *, large: int = LARGE) -> None:
        codec = SendersCodec(make, large=large)
        self._encode, self.receive = codec.encode, codec.decode_request


class ServerExchangeV1:
    """Requests are numbered as they come. The models say which of their arrays are ``flat``."""

    def __init__(self, flat: v1.FlatFields = v1.NO_FLAT_FIELDS) -> None:
        self._received = 0
        self._flat = flat

    def receive(self, message: Received) -> Request:
        """The request in a text message."""
        self._received += 1
        return v1.decode_request(message, id=self._received)

    def send(self, reply: Reply) -> Message | None:
        """A reply as text; that a session is open is not said in v1, and closing is the connection's end."""
        if not isinstance(reply, v1.ANSWERABLE):
            return None
        try:
            return v1.encode_reply(reply, flat=self._flat)
        except UNENCODABLE as error:
            return v1.encode_reply(_unsendable(reply, error))

    def ends_with(self, reply: Reply) -> bool:
        """The connection is the session."""
        return isinstance(reply, Closed) or (isinstance(reply, Failure) and reply.error().fatal)


def client_exchange(subprotocol: str | None) -> ClientExchange:
    """The exchange for what the server chose; a server that chose nothing speaks v1."""
    return ClientExchangeV2() if subprotocol == SUBPROTOCOL else ClientExchangeV1()


def server_exchange(subprotocol: str | None, *, flat: v1.FlatFields = v1.NO_FLAT_FIELDS) -> ServerExchange:
    """The exchange for what was negotiated; ``flat`` arrays there are on v1 alone."""
    return ServerExchangeV2() if subprotocol == SUBPROTOCOL else ServerExchangeV1(flat)


def _unsendable(reply: Reply, error: Exception) -> Failure:
    """What is sent in place of a reply that cannot be: an error keeps its code, and its text as far as UTF-8 has it."""
    if isinstance(reply, Failure):
        return Failure(reply.channel, reply.id, reply.code, _encodable(reply.message))
    message = f"the environment's answer cannot be sent: {_encodable(str(error))}"
    return Failure.of(ExecutionError(message, type(error).__name__), channel=reply.channel, id=reply.id)


def _encodable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
