"""The reply window: what makes a request that is repeated be executed once."""

from __future__ import annotations

from openenv.errors import SessionError
from openenv.sessions.host import Answered
from openenv.wire.frames import Failure, Reply, Request

WINDOW = 64
"""Requests that a client may have unanswered at a time; replies that are this far behind count as received."""


class _Entry:
    __slots__ = ("listener", "reply")

    def __init__(self, listener: Answered) -> None:
        self.reply: Reply | None = None
        self.listener: Answered | None = listener


class ReplyWindow:
    """The requests of one client, by id. A reply is kept until a later request acknowledges it."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._highest = 0
        self._received = 0
        """Up to this id replies count as received."""

    def admit(self, request: Request, answered: Answered) -> bool:
        """Whether the request is new and to be carried out; its reply is then handed to ``settle``. One that has come
        before is answered with the same reply, now or when there is one; who waited for it before does so no more."""
        id = request.id
        received = max(getattr(request, "acknowledged", 0), id - WINDOW)
        if received > self._received:
            self._forget(received)
        if id > self._highest:
            self._highest = id
            self._entries[id] = _Entry(answered)
            return True
        entry = self._entries.get(id)
        if entry is None:
            error = SessionError(f"request {id} came before, and its reply was acknowledged; ids count up")
            answered(Failure.of(error, channel=request.channel, id=id))
        elif entry.reply is not None:
            answered(entry.reply)
        else:
            entry.listener = answered
        return False

    def settle(self, reply: Reply) -> None:
        """Keep the reply to the request with its id, and hand it to who waits."""
        entry = self._entries.get(reply.id)
        if entry is not None:
            entry.reply = reply
            listener, entry.listener = entry.listener, None
            if listener is not None:
                listener(reply)
            if reply.id <= self._received:
                self._entries.pop(reply.id, None)

    def _forget(self, up_to: int) -> None:
        self._received = up_to
        for id, entry in [*self._entries.items()]:
            if id > up_to:  # they were admitted in this order
                break
            if entry.reply is not None:
                del self._entries[id]
