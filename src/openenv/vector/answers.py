"""Answers: what a reply says to those who were asked in one message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openenv.errors import ProtocolError
from openenv.vector.messages import Address, Asked, Sent, addresses, explained
from openenv.wire.batches import Rows
from openenv.wire.frames import ANSWERS, OPERATIONS, Batch, Failure, Reply, Result, Results


class Answers(NamedTuple):
    """A reset or a step of those who were asked has come to what is at these places of the rows."""

    asked: Sequence[Asked]
    rows: Rows
    places: list[int]


class Other(NamedTuple):
    """Any other reply, such as a failure, and to what it is one."""

    address: Address
    reply: Reply


Part = Answers | Other


def taken(reply: Reply, sent: Sent, *, channel: int) -> list[Part]:
    """What the reply to a message holds, in the order in which it was asked. ProtocolError when it is none to that."""
    request = sent.request
    if isinstance(reply, Failure):
        return [Other(address, explained(reply, sent)) for address in addresses(request)]
    if type(reply) is not ANSWERS[type(request)]:
        raise ProtocolError(f"the server answered {OPERATIONS[type(request)]} with {type(reply).__name__}")
    if isinstance(reply, Result):
        return [Answers(sent.asked, Rows.alone(reply), [0])]
    if not (isinstance(request, Batch) and isinstance(reply, Results)):
        return [Other((channel, 0), reply)]
    rows = Rows(reply, len(request.requests))
    failed = rows.failures(request.requests)
    if not failed:
        return [Answers(sent.asked, rows, [*range(len(rows))])]
    where, parts = addresses(request), list[Part]()
    for place in range(len(rows)):
        if place in failed:
            parts.append(Other(where[place], explained(failed[place], sent)))
        elif parts and isinstance(parts[-1], Answers):
            parts[-1].places.append(place)
        else:
            parts.append(Answers(sent.asked, rows, [place]))
    return parts
