"""The zygote: a program that has imported an environment, from which session workers are forked."""

from __future__ import annotations

import pickle
import socket
import sys

from openenv.processes import fork_messages
from openenv.processes.branching import Brancher
from openenv.processes.fork_loop import ForkLoop
from openenv.processes.fork_messages import Preload
from openenv.processes.framing import MessageSocket
from openenv.processes.parent_death import end_with_parent, outlive_parent
from openenv.sessions import worker


def main() -> None:
    """``python -m openenv.sessions.zygote FD OWNER``: started by ``processes.zygote``, not by hand."""
    owner = int(sys.argv[2])
    end_with_parent(owner)  # an import may take for ever
    worker.log_to_stderr()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        received = fork_messages.receive(control)
        if received is None or not isinstance(received[0], Preload):
            return
        worker.preload(pickle.loads(received[0].order))
        outlive_parent()  # to see to it that its sessions are closed
        command = [sys.executable, "-m", "openenv.sessions.worker"]
        ForkLoop(control, be_child=_serve, command=command).run(owner)


def _serve(sock: socket.socket, brancher: Brancher | None) -> object:
    return worker.serve(MessageSocket(sock), brancher)


if __name__ == "__main__":
    main()
