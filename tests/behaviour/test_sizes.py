"""Messages over the size limit."""

import socket
import struct

import pytest

from openenv import GenericEnvClient
from openenv.errors import MessageTooLarge, SessionLost
from tests.behaviour.colours import BOUND_S
from tests.behaviour.living import Look, LookEnv
from tests.behaviour.places import EMBEDDED, ON_THREADS, over, through_a_server
from tests.behaviour.unruly import Unruly

MAX_MESSAGE_BYTES = 100 * 2**20
HANDSHAKE = (
    b"GET /thread/Walk/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{}\r\n"
)


@over(EMBEDDED, ON_THREADS)
async def test_a_message_over_the_limit_is_refused_before_it_is_sent_and_the_session_lives_on(place):
    async with place.client(Unruly, LookEnv, max_message_size_mb=0.01) as env:
        await env.reset()
        with pytest.raises(MessageTooLarge) as raised:
            await env.step(Look(what="x" * 20_000))
        assert (raised.value.size > 20_000, raised.value.max_size) == (True, 10485)
        assert (await env.step(Look(what="behave"))).observation.text == "well"


@over(EMBEDDED, ON_THREADS)
async def test_the_limit_counts_bytes_and_not_characters(place):
    async with place.client(Unruly, LookEnv, max_message_size_mb=0.01) as env:
        await env.reset()
        with pytest.raises(MessageTooLarge):
            await env.step(Look(what="☃" * 5_000))
        assert (await env.step(Look(what="behave"))).observation.text == "well"


@over(ON_THREADS)
async def test_an_answer_over_the_clients_limit_ends_the_session_and_says_so(place):
    async with place.client(Unruly, LookEnv, max_message_size_mb=0.01) as env:
        await env.reset()
        with pytest.raises(SessionLost, match="raise max_message_size_mb"):
            await env.step(Look(what="return much", path="20000"))


@pytest.mark.parametrize("subprotocol", ["", "Sec-WebSocket-Protocol: openenv.v2\r\n"], ids=["v1", "v2"])
def test_the_server_closes_on_a_message_over_its_limit_with_code_1009(served, subprotocol):
    opcode, masked, extended = (0x82 if subprotocol else 0x81), 0x80, 127
    with socket.create_connection(("127.0.0.1", served.port), timeout=BOUND_S) as peer:
        peer.sendall(HANDSHAKE.replace(b"{}", subprotocol.encode()))
        received = peer.makefile("rb")
        while received.readline() != b"\r\n":
            pass
        peer.sendall(struct.pack(">BBQ", opcode, masked | extended, MAX_MESSAGE_BYTES + 1) + bytes(100))
        kind, length, code = struct.unpack(">BBH", received.read(4))
    assert (kind, length > 2, code) == (0x88, True, 1009)


@through_a_server
async def test_ten_megabytes_go_and_come(place):
    env = await place.shared(Unruly, GenericEnvClient)
    await env.reset()
    result = await env.step({"what": "return much", "path": str(10 * 2**20)})
    assert len(result.observation["text"]) == 10 * 2**20
