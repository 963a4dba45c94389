"""What a peer may send: messages of both protocols that make sense, that nearly do, and that make none."""

import json
import sys

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from openenv.sessions.queries import QUERIES
from openenv.wire import v2
from openenv.wire.frames import (
    MAX_BATCH,
    MAX_CHANNEL,
    Batch,
    Cancel,
    Close,
    Fork,
    GetState,
    Mcp,
    Open,
    Query,
    Reset,
    Restore,
    Snapshot,
    Step,
)
from tests.wire.strategies import ARRAYS, JSON_OBJECTS, JSON_VALUES, OBJECTS, REPLIES, VALUES

CHANNELS = st.integers(0, 3) | st.just(MAX_CHANNEL)
IDS = st.integers(0, 6) | st.just(2**64 - 1)
TIMES = st.none() | st.sampled_from([0.0, 0.01, 30.0])
PIXELS = arrays.arrays(np.uint8, st.tuples(st.just(2), st.integers(0, 4)))
ACTIONS = (
    st.fixed_dictionaries({"by": st.integers(-2, 2)}, optional={"pixels": PIXELS | ARRAYS, "metadata": OBJECTS})
    | OBJECTS
)
NUMBERED = (CHANNELS, IDS)
RESETS = st.builds(Reset, *NUMBERED, OBJECTS, TIMES, IDS)
STEPS = st.builds(Step, *NUMBERED, ACTIONS, TIMES, IDS)

IN_TURN = st.one_of(
    STEPS,
    RESETS,
    st.builds(GetState, *NUMBERED, IDS),
    st.builds(Close, *NUMBERED),
    st.builds(Cancel, *NUMBERED),
    st.builds(Mcp, *NUMBERED, OBJECTS, IDS),
    st.builds(
        Query,
        *NUMBERED,
        st.sampled_from(QUERIES) | st.text(max_size=5),
        st.lists(VALUES | st.just("train"), max_size=3),
    ),
    st.builds(Snapshot, *NUMBERED, IDS),
    st.builds(Restore, *NUMBERED, st.binary(max_size=20), IDS),
    st.builds(Batch, *NUMBERED, st.lists(RESETS | STEPS, min_size=1, max_size=5), IDS),
)
"""Requests of which each is answered once, except for ``Cancel``."""

SEATS = st.sampled_from([1, 1, 2, 3, MAX_BATCH])
NAMES = st.none() | st.text(max_size=5)
OPENS = st.builds(Open, st.integers(1, 3), IDS, NAMES, NAMES, SEATS)
FORKS = st.builds(Fork, *NUMBERED, st.integers(1, 2), st.booleans(), IDS)

Edits = list[tuple[int, int, bytes]]
EDITS = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 3), st.binary(max_size=4)), min_size=1, max_size=4)


def edited(message: bytes, edits: Edits) -> bytes:
    """The message with some of its bytes cut out, put in or changed."""
    for place, length, inserted in edits:
        at = place % (len(message) + 1)
        message = message[:at] + inserted + message[at + length :]
    return message


ENCODED = (IN_TURN | OPENS | OPENS | REPLIES).map(v2.encode)
BROKEN = st.builds(edited, ENCODED, EDITS) | st.builds(lambda a, b: a + b, ENCODED, ENCODED) | st.binary(max_size=40)
V2_MESSAGES = st.lists(ENCODED | ENCODED | BROKEN | st.text(max_size=20), min_size=1, max_size=12)

V1_OBJECTS = st.one_of(
    st.builds(lambda by: {"type": "step", "data": {"by": by}}, st.integers(-2, 2)),
    st.builds(
        lambda pixels: {"type": "step", "data": {"pixels": pixels}},
        st.lists(st.lists(st.integers(-1, 256), max_size=3), max_size=3) | JSON_VALUES,
    ),
    st.builds(
        lambda kind, data: {"type": kind, "data": data},
        st.sampled_from(["reset", "step", "state", "mcp"]),
        JSON_OBJECTS,
    ),
    st.builds(lambda kind: {"type": kind}, st.sampled_from(["reset", "step", "state", "mcp", "close", "dance"])),
    JSON_VALUES,
)


V1_TEXTS = V1_OBJECTS.map(json.dumps)
V1_BROKEN = st.builds(
    lambda text, edits: edited(text.encode(), edits).decode(errors="replace"), V1_TEXTS, EDITS
) | st.text(max_size=20)
V1_MESSAGES = st.lists(V1_TEXTS | V1_TEXTS | V1_BROKEN | st.binary(max_size=20), min_size=1, max_size=12)


# Messages within messages.

DEPTHS = range(sys.getrecursionlimit() - 120, sys.getrecursionlimit() + 10)
"""Up to and beyond how far down Python goes; how far that is depends on who has called."""


def deep_step(id: int, depth: int) -> bytes:
    """A step on v2 whose metadata hold a map in a map, and so on."""
    return b"\x94\x03\x01\xcd" + id.to_bytes(2) + b"\x81\xa8metadata" + b"\x81\xa1a" * depth + b"\xc0"


def deep_text(depth: int) -> str:
    """The same on v1."""
    return '{"type":"step","data":{"metadata":' + '{"a":' * depth + "null" + "}" * depth + "}}"


# Beneath messages: frames of WebSockets, and the request for the upgrade.

HANDSHAKE = (
    b"GET /{}/Workshop/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
HANDSHAKES = st.builds(
    lambda host, subprotocol: HANDSHAKE.replace(b"{}", host) + subprotocol + b"\r\n",
    st.sampled_from([b"inline", b"thread"]),
    st.sampled_from([b"", b"Sec-WebSocket-Protocol: openenv.v2\r\n"]),
)


def websocket_frame(first: int, payload: bytes, masked: bool, announced: int) -> bytes:
    """A frame that announces so many bytes more than it has."""
    length = len(payload) + announced
    short = length if length < 126 else 126 if length < 2**16 else 127
    extended = b"" if short < 126 else length.to_bytes(2 if short == 126 else 8)
    return bytes((first, short | (0x80 if masked else 0))) + extended + (bytes(4) if masked else b"") + payload


OPCODES = st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8A]) | st.integers(0, 255)
PAYLOADS = (
    ENCODED
    | V1_TEXTS.map(str.encode)
    | st.binary(max_size=130)
    | st.integers(200, 70_000).map(lambda size: b" " * size)
)
WEBSOCKET_FRAMES = st.builds(
    websocket_frame,
    OPCODES,
    PAYLOADS,
    st.sampled_from([True, True, True, False]),
    st.sampled_from([0, 0, 0, 0, 1, 200, 2**40]),
)
STREAMS = st.builds(
    lambda handshake, frames, edits: edited(handshake + b"".join(frames), edits),
    HANDSHAKES,
    st.lists(WEBSOCKET_FRAMES, max_size=8),
    st.just([]) | EDITS,
)
