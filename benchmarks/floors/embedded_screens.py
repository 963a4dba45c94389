"""The least for embedded steps with screens: two processes, a socket pair, models and msgpack on both sides."""

import os
import socket

from benchmarks.floors.screen_messages import REQUEST, ScreenServer, observation_in
from benchmarks.programs.rounds import answer_rounds

LENGTH = 4


def serve(end: socket.socket) -> None:
    server = ScreenServer()
    while data := end.recv(65536):
        answer = server.answer(data)
        end.sendall(len(answer).to_bytes(LENGTH, "big") + answer)


def step() -> None:
    here.sendall(REQUEST)
    here.recv_into(arrived, LENGTH)
    size = int.from_bytes(arrived[:LENGTH], "big")
    here.recv_into(arrived, size, socket.MSG_WAITALL)
    observation_in(arrived[:size])


here, there = socket.socketpair()
if os.fork() == 0:
    here.close()
    serve(there)
    os._exit(0)
there.close()
arrived = memoryview(bytearray(1 << 20))
answer_rounds(step)
here.close()
os.wait()
