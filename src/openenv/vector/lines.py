"""Lines: those that a vector has, by their transports, and which seats ride on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openenv.client.transport import Inbox
from openenv.vector.line import Line
from openenv.vector.messages import Address
from openenv.vector.seats import Seat


class Lines:
    """Each is listened to as long as it is here."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self._by_transport: dict[Any, Line] = {}
        self._riders: dict[Line, dict[Address, Seat]] = {}

    def __iter__(self) -> Iterator[Line]:
        return iter(list(self._riders))

    def __contains__(self, line: Line) -> bool:
        return line in self._riders

    def on(self, transport: Any) -> Line | None:
        """The line that a transport belongs to."""
        return self._by_transport.get(transport)

    def add(self, line: Line) -> None:
        """A new one, or one that has come back."""
        self._by_transport[line.transport] = line
        self._riders.setdefault(line, {})
        self.inbox.add(line.transport)

    def disconnect(self, line: Line) -> None:
        """It is not listened to any more; who rides on it still does."""
        if self._by_transport.pop(line.transport, None) is not None:
            self.inbox.remove(line.transport)

    def remove(self, line: Line) -> list[Seat]:
        """It is gone: those that rode on it."""
        self.disconnect(line)
        return list(self._riders.pop(line, {}).values())

    def board(self, seat: Seat, line: Line, address: Address) -> None:
        """A seat rides on it from now on."""
        seat.line, seat.address = line, address
        self._riders[line][address] = seat

    def leave(self, line: Line, channel: int) -> list[Seat]:
        """A session on it has ended: those that it was for."""
        riders = self._riders.get(line, {})
        return [riders.pop(address) for address in list(riders) if address[0] == channel]

    def riders(self, line: Line) -> Mapping[Address, Seat]:
        """Who rides on it, and where."""
        return self._riders.get(line, {})

    def channels(self, line: Line) -> set[int]:
        """Where there are sessions."""
        return {channel for channel, _ in self._riders[line]}
