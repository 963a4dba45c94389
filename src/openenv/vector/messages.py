"""Messages of a vector: what sessions are asked, and what is on its way to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from openenv.errors import DeadlineExceeded, SessionCrashed, SessionError
from openenv.wire.exchange import Message
from openenv.wire.frames import OPERATIONS, Batch, Failure, Reply, Request, Reset, Step

NEVER = float("inf")

Address = tuple[int, int]
"""A channel, and the seat in its session; 0 where the session has only one."""


class Question(msgspec.Struct, frozen=True, gc=False):
    """For one session: ``Reset`` with options, or ``Step`` with an action."""

    kind: type[Reset | Step]
    payload: dict[str, Any]
    timeout_s: float | None = None


@dataclass(eq=False)
class Rider:
    """Who is asked."""

    env_id: int
    address: Address = (0, 0)
    asked: Question | None = None
    """What is not answered yet."""


Asked = tuple[Rider, Question]


@dataclass(eq=False)
class Sent:
    """A message whose answer has not come."""

    request: Request
    message: Message
    within_s: float
    """Counted from when it is sent."""
    asked: Sequence[Asked] = ()
    """For each reset and step in it."""
    deadline: float = NEVER
    ended_at: float = NEVER
    """When who does not stop, in spite of being interrupted, is waited for no longer; a worker is ended then."""


def requests_of(request: Request) -> Sequence[Request]:
    """What a message asks for."""
    return request.requests if isinstance(request, Batch) else (request,)


def addresses(request: Request) -> list[Address]:
    """Where it asks for each of these."""
    channel = request.channel
    if isinstance(request, Batch) and channel:
        return [(channel, one.channel) for one in request.requests]
    return [(one.channel, 0) for one in requests_of(request)]


def explained(failure: Failure, sent: Sent) -> Failure:
    """What was interrupted because it took too long says so."""
    if sent.ended_at == NEVER or failure.code != SessionError.code:
        return failure
    return too_late(requests_of(sent.request)[0], sent)


def too_late(request: Request, sent: Sent) -> Failure:
    """DeadlineExceeded, as the answer to a request of that message."""
    return Failure.of(DeadlineExceeded(OPERATIONS[type(request)], timeout_s=sent.within_s))


def tells_of_a_crash(reply: Reply) -> bool:
    """Its session has ended, which is to be known also when nobody waits for the answer any more."""
    return isinstance(reply, Failure) and reply.code == SessionCrashed.code
