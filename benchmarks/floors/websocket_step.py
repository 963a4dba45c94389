"""The least for a step of a synchronous WebSocket client: the websockets library's protocol on a blocking socket, JSON
and the models, no framework: ``URL``."""

import socket
import sys
from urllib.parse import urlsplit

import msgspec
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.uri import parse_uri

from benchmarks.programs.rounds import answer_rounds
from echo_env import EchoAction, EchoObservation

ADDRESS = urlsplit(sys.argv[1])
ACTION = EchoAction(message="hello")


def flush() -> None:
    for data in protocol.data_to_send():
        sock.sendall(data)


def ask(request: object) -> EchoObservation:
    protocol.send_text(msgspec.json.encode(request))
    flush()
    while True:
        protocol.receive_data(sock.recv(65536))
        for event in protocol.events_received():
            if isinstance(event, Frame):
                data = msgspec.json.decode(event.data)["data"]
                fields = data["observation"] | {"reward": data["reward"], "done": data["done"]}
                return EchoObservation.model_validate(fields)


sock = socket.create_connection((ADDRESS.hostname, ADDRESS.port))
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
protocol = ClientProtocol(parse_uri(f"ws://{ADDRESS.netloc}/ws"))
protocol.send_request(protocol.connect())
flush()
while protocol.state is State.CONNECTING:
    protocol.receive_data(sock.recv(65536))
    protocol.events_received()
ask({"type": "reset"})
answer_rounds(lambda: ask({"type": "step", "data": ACTION.model_dump()}))
