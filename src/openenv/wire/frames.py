"""Frames: every request and every reply, as values. Protocol v2 sends exactly these; v1 is translated to them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from openenv.errors import OpenEnvError, ServerError, from_wire

SUBPROTOCOL = "openenv.v2"
"""The WebSocket subprotocol that chooses v2."""


MAX_CHANNEL = 2**32 - 1

MAX_BRANCHES = 1024
"""How many sessions one ``Fork`` may ask for."""

MAX_BATCH = 65536
"""How many requests one ``Batch`` may hold."""

Branches = Annotated[int, Meta(ge=1, le=MAX_BRANCHES)]
Seats = Annotated[int, Meta(ge=1, le=MAX_BATCH)]
Channel = Annotated[int, Meta(ge=0, le=MAX_CHANNEL)]
Id = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0, le=365 * 24 * 3600)]
Failed = tuple[int, str, str, dict[str, Any]]
Known = tuple[str, str | None]
"""A session's id and its secret; None where nobody can come back to it."""


class Frame(Struct, frozen=True, array_like=True, gc=False):
    """``channel`` names a session within its connection, counted from 1; 0 stands for the connection itself. ``id``
    names a request within its session, counted from 1; a reply with 0 answers no request.

    ``acknowledged``, in a request that is carried out, says that all replies up to that id have arrived.

    Elements that a frame lacks at its end have their defaults, and those that it has beyond the known ones are
    ignored: a kind can grow at its end.
    """

    channel: Channel
    id: Id


class Open(Frame, frozen=True, tag=1):
    """Make a session and call it ``channel`` on this connection; ``session_id`` attaches to a living one, and with the
    ``secret`` that ``Opened`` told, its client takes it over. Where the environment can play ``seats`` episodes as one,
    the session has so many."""

    channel: Annotated[int, Meta(ge=1, le=MAX_CHANNEL)]
    session_id: str | None = None
    secret: str | None = None
    seats: Seats = 1


class Reset(Frame, frozen=True, tag=2):
    """Start an episode; ``options`` are the keyword arguments of the environment's ``reset``."""

    options: dict[str, Any] = field(default_factory=dict)
    timeout_s: Seconds | None = None
    acknowledged: Id = 0


class Step(Frame, frozen=True, tag=3):
    """Take an action; ``timeout_s`` is the time in seconds that the caller grants the environment."""

    action: dict[str, Any]
    timeout_s: Seconds | None = None
    acknowledged: Id = 0


class GetState(Frame, frozen=True, tag=4):
    """Ask for the state."""

    acknowledged: Id = 0


class Close(Frame, frozen=True, tag=5):
    """End the session."""


class Cancel(Frame, frozen=True, tag=6):
    """The client no longer waits for request ``id``: it is interrupted, and answered all the same. Cancelling itself is
    not."""


class Mcp(Frame, frozen=True, tag=7):
    """A JSON-RPC message for the environment's tools."""

    message: dict[str, Any]
    acknowledged: Id = 0


class Query(Frame, frozen=True, tag=8):
    """Ask the environment for what belongs to no episode: ``name`` is one of ``sessions.queries.QUERIES``."""

    name: str
    arguments: list[Any] = field(default_factory=list)
    acknowledged: Id = 0


class Fork(Frame, frozen=True, tag=9):
    """Make ``count`` sessions that go on from the state of this one, with random numbers of their own if ``reseed``."""

    count: Branches
    reseed: bool = False
    acknowledged: Id = 0


class Snapshot(Frame, frozen=True, tag=10):
    """Ask for the environment's state as bytes."""

    acknowledged: Id = 0


class Restore(Frame, frozen=True, tag=11):
    """Go on from a snapshot."""

    snapshot: bytes
    acknowledged: Id = 0


Requests = Annotated[list[Reset | Step], Meta(min_length=1, max_length=MAX_BATCH)]


class Batch(Frame, frozen=True, tag=12):
    """Many at once, for as many sessions: each has a channel, an id and an acknowledgement of its own, as if it had
    come alone. On the channel of a session with seats, the batch is one request of that session, and the channels
    within are its seats, from 1."""

    requests: Requests
    acknowledged: Id = 0


class Opened(Frame, frozen=True, tag=65):
    """The session exists."""

    session_id: str
    secret: str | None = None
    shares: bool = False
    """Said by a session worker: it is meant for many sessions, whose calls take microseconds."""
    seats: int = 1
    """How many episodes it has. Those with several are asked by ``Batch`` alone."""


class Result(Frame, frozen=True, tag=66):
    """What ``reset`` and ``step`` return, as ``take_apart`` has it. ``metadata`` is within ``observation``."""

    observation: dict[str, Any]
    reward: bool | int | float | None = None
    done: bool = False
    truncated: bool = False


class StateReply(Frame, frozen=True, tag=67):
    """The state's fields."""

    state: dict[str, Any]


class Closed(Frame, frozen=True, tag=68):
    """The session has ended."""


class Failure(Frame, frozen=True, tag=69):
    """A request failed. Channel and id are 0 where the message did not say which request it was."""

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, error: ServerError, *, channel: int = 0, id: int = 0) -> Failure:
        """The reply that carries an error."""
        return cls(channel, id, error.code, error.message, error.details())

    def error(self) -> ServerError:
        """The error that the client raises."""
        return from_wire(self.code, self.message, self.details)


class McpReply(Frame, frozen=True, tag=70):
    """The JSON-RPC answer."""

    message: dict[str, Any]


class Forked(Frame, frozen=True, tag=73):
    """The branches, each as the session's id and its secret: who knows both may ``Open`` it."""

    sessions: list[Known]


class Saved(Frame, frozen=True, tag=74):
    """The state as bytes, which only an environment of the same class and version can read."""

    snapshot: bytes


class Restored(Frame, frozen=True, tag=75):
    """The environment has the state of the snapshot."""


class Results(Frame, frozen=True, tag=76):
    """The answers to a batch, in its order. ``observations`` are columns by field where all have the same fields, and
    arrays where these are arrays of one dtype and shape; else they stand one by one. Where one has failed, there is
    None or False, and ``failures`` says why: place, code, message, details."""

    observations: dict[str, Any] | list[dict[str, Any] | None]
    rewards: list[bool | int | float | None]
    done: list[bool]
    truncated: list[bool]
    failures: list[Failed] = field(default_factory=list)


class Answer(Frame, frozen=True, tag=72):
    """The answer to a query, as JSON can hold it."""

    value: Any = None


Request = Open | Reset | Step | GetState | Close | Cancel | Mcp | Query | Fork | Snapshot | Restore | Batch
Reply = Opened | Result | StateReply | Closed | Failure | McpReply | Answer | Forked | Saved | Restored | Results

OPERATIONS: dict[type[Frame], str] = {
    Open: "open",
    Reset: "reset",
    Step: "step",
    GetState: "state",
    Close: "close",
    Cancel: "cancel",
    Mcp: "mcp",
    Query: "query",
    Fork: "fork",
    Snapshot: "snapshot",
    Restore: "restore",
    Batch: "batch",
}
"""The word for each request, in messages for people."""

ANSWERS: dict[type[Frame], type[Frame]] = {
    Open: Opened,
    Reset: Result,
    Step: Result,
    GetState: StateReply,
    Close: Closed,
    Mcp: McpReply,
    Query: Answer,
    Fork: Forked,
    Snapshot: Saved,
    Restore: Restored,
    Batch: Results,
}
"""The reply to each request, where it is no Failure."""


class FrameError(OpenEnvError):
    """A message that is no request; ``reply`` tells the sender why."""

    def __init__(self, error: ServerError, *, channel: int = 0, id: int = 0) -> None:
        super().__init__(str(error))
        self.reply = Failure.of(error, channel=channel, id=id)
