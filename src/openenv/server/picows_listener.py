"""Whole messages out of picows' frames, and an end to connections that break the protocol (RFC 6455)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from openenv.wire.exchange import Message

_TEXT = WSMsgType.TEXT
_WHOLE = (_TEXT, WSMsgType.BINARY)


class MessageOwner(Protocol):
    """Who wants the messages of a connection."""

    deliver: Callable[[Message], None]
    """Called with every whole message."""

    def upgraded(self, peer: WSTransport) -> None:
        """Frames flow from now on."""
        ...

    def choked(self) -> None:
        """The peer does not read what was written."""
        ...

    def flowing(self) -> None:
        """It reads again."""
        ...

    def disconnected(self) -> None:
        """The connection is gone."""
        ...


class MessageListener(WSListener):
    """Whole messages out of frames."""

    def __init__(self, owner: MessageOwner, max_size: int) -> None:
        super().__init__()
        self._owner = owner
        self._max_size = max_size
        self._message = bytearray()
        self._kind: WSMsgType | None = None  # of the message whose fragments are coming

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade has been answered."""
        self._owner.upgraded(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame; a message may come in several. Behind our Close nothing counts but the peer's."""
        kind = frame.msg_type
        if transport.is_close_frame_sent:
            if kind == WSMsgType.CLOSE:
                transport.disconnect()
        elif kind in _WHOLE and frame.fin and self._kind is None and not (frame.rsv1 or frame.rsv2 or frame.rsv3):
            try:  # as nearly all come
                message = frame.get_payload_as_utf8_text() if kind is _TEXT else frame.get_payload_as_bytes()
            except UnicodeDecodeError:
                _hang_up(transport, WSCloseCode.INVALID_TEXT)
            else:
                self._owner.deliver(message)
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:  # no extension was agreed on
            _hang_up(transport, WSCloseCode.PROTOCOL_ERROR)
        elif kind == WSMsgType.CLOSE:
            _hang_up(transport, _answer_to(frame))
        elif kind in _WHOLE or kind == WSMsgType.CONTINUATION:
            self._collect(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection has ended, whoever ended it."""
        self._owner.disconnected()

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self._owner.choked()

    def resume_writing(self) -> None:
        """There is room again."""
        self._owner.flowing()

    def _collect(self, transport: WSTransport, frame: WSFrame) -> None:
        if (frame.msg_type == WSMsgType.CONTINUATION) == (self._kind is None):
            _hang_up(transport, WSCloseCode.PROTOCOL_ERROR)
            return
        self._kind = self._kind or frame.msg_type
        self._message += frame.get_payload_as_memoryview()
        if len(self._message) > self._max_size:
            _hang_up(transport, WSCloseCode.MESSAGE_TOO_BIG)
        elif frame.fin:
            message, kind = bytes(self._message), self._kind
            self._message, self._kind = bytearray(), None
            self._deliver(transport, message, kind)

    def _deliver(self, transport: WSTransport, message: bytes, kind: WSMsgType) -> None:
        try:
            decoded = message.decode() if kind is WSMsgType.TEXT else message
        except UnicodeDecodeError:
            _hang_up(transport, WSCloseCode.INVALID_TEXT)
        else:
            self._owner.deliver(decoded)


def _hang_up(transport: WSTransport, code: WSCloseCode) -> None:
    transport.send_close(code)
    transport.disconnect()


def _code_of(close: WSFrame) -> int:
    return int.from_bytes(close.get_payload_as_bytes()[:2], "big")


def _answer_to(close: WSFrame) -> WSCloseCode:
    """Its code again, where it has one that may be sent."""
    if close.payload_size == 0:
        return WSCloseCode.OK
    code = _code_of(close)
    allowed = 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
    return cast("WSCloseCode", code) if allowed and close.payload_size >= 2 else WSCloseCode.PROTOCOL_ERROR
