"""The least for an embedded step of Pong: two processes and a socket pair that carries the frame, and nothing else."""

import os
import socket

from benchmarks.programs.bare_atari import BareAtari, presses
from benchmarks.programs.rounds import answer_rounds


def serve(end: socket.socket) -> None:
    game = BareAtari()
    end.sendall(len(game.reset().data.cast("B")).to_bytes(4, "big"))
    while data := end.recv(1):
        screen, _, is_over = game.step(data[0])
        if is_over:
            game.reset()
        end.sendall(screen.data.cast("B"))


def step() -> None:
    here.sendall(bytes((next(indices),)))
    here.recv_into(arrived, len(arrived), socket.MSG_WAITALL)


here, there = socket.socketpair()
if os.fork() == 0:
    here.close()
    serve(there)
    os._exit(0)
there.close()
indices = presses()
arrived = memoryview(bytearray(int.from_bytes(here.recv(4), "big")))
answer_rounds(step)
here.close()
os.wait()
