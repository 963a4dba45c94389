"""One exchange after another between two processes with nothing around it: ``socketpair`` or ``tcp``, and how many
bytes the answer has, where it is not as long as the request."""

import os
import socket
import sys

from benchmarks.programs.rounds import answer_rounds

REQUEST = b"x" * 60  # as long as an echo step
ANSWER = b"y" * int(sys.argv[2]) if len(sys.argv) > 2 else REQUEST


def socket_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


def tcp_connection() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, _ = listener.accept()
    for end in (here, there):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return here, there


def answer(end: socket.socket) -> None:
    while end.recv(65536):
        end.sendall(ANSWER)


def step() -> None:
    here.sendall(REQUEST)
    here.recv_into(arrived, len(ANSWER), socket.MSG_WAITALL)


here, there = {"socketpair": socket_pair, "tcp": tcp_connection}[sys.argv[1]]()
if os.fork() == 0:
    here.close()
    answer(there)
    os._exit(0)
there.close()
arrived = bytearray(len(ANSWER))
answer_rounds(step)
here.close()
os.wait()
