"""The least for a fork: a process with the same heap that copies itself, with a socket pair for each copy."""

import os
import socket
import time

from benchmarks.programs.heap import BRANCHES, heap
from benchmarks.programs.rounds import answer_measurements

HEAP = heap()


def branch() -> socket.socket:
    here, there = socket.socketpair()
    if os.fork() == 0:
        here.close()
        there.sendall(b"x")
        there.recv(1)
        os._exit(0)
    there.close()
    return here


def measure() -> float:
    began = time.perf_counter()
    branches = [branch() for _ in range(BRANCHES)]
    for sock in branches:
        sock.recv(1)
    took_s = time.perf_counter() - began
    for sock in branches:
        sock.close()
    for _ in branches:
        os.wait()
    return took_s / BRANCHES


answer_measurements(measure)
