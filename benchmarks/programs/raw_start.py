"""Prints the seconds that a bare interpreter takes, as a child process, to say its first byte over a socket pair."""

import socket
import subprocess
import sys
import time

began = time.perf_counter()
here, there = socket.socketpair()
program = f"import os; os.write({there.fileno()}, b'x')"
with subprocess.Popen([sys.executable, "-c", program], pass_fds=[there.fileno()]):
    there.close()
    assert here.recv(1) == b"x"
    print(time.perf_counter() - began)
here.close()
