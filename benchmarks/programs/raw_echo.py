"""One echo after another between two processes with nothing around it: ``socketpair`` or ``tcp``."""

import os
import socket
import sys

from benchmarks.programs.rounds import answer_rounds

MESSAGE = b"x" * 60  # as long as an echo step


def socket_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


def tcp_connection() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, _ = listener.accept()
    for end in (here, there):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return here, there


def echo(end: socket.socket) -> None:
    while data := end.recv(65536):
        end.sendall(data)


def step() -> None:
    here.sendall(MESSAGE)
    here.recv(65536)


here, there = {"socketpair": socket_pair, "tcp": tcp_connection}[sys.argv[1]]()
if os.fork() == 0:
    here.close()
    echo(there)
    os._exit(0)
there.close()
answer_rounds(step)
here.close()
os.wait()
