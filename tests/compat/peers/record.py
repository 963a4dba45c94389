"""A program that holds the conversations of transcripts with a server of this interpreter's, and prints what was said.

The requests and the comments are those of the files that are named. To record one anew::

    .venv-reference/bin/python tests/compat/peers/record.py tests/compat/transcripts/action.txt
"""

import socket
import sys
import threading
from pathlib import Path

import uvicorn
from talk import make_app  # type: ignore[import-not-found]  # beside this program
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

BOUND_S = 20.0


def main() -> None:
    """Serve, and hold one conversation per file, each on a connection of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = uvicorn.Server(uvicorn.Config(make_app(), log_level="warning"))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        try:
            for name in sys.argv[1:]:
                hold(Path(name).read_text().splitlines(), f"ws://127.0.0.1:{listener.getsockname()[1]}/ws")
        finally:
            server.should_exit = True
            serving.join(BOUND_S)


def hold(lines: list[str], url: str) -> None:
    """Say what the lines say, and print it with the replies."""
    with connect(url, open_timeout=BOUND_S) as connection:
        for line in lines:
            if line.startswith("← "):
                continue
            print(line)
            if line.startswith("→ "):
                connection.send(line.removeprefix("→ "))
                try:
                    print(f"← {connection.recv(BOUND_S)}")
                except ConnectionClosed as closed:
                    print(f"← close {closed.rcvd.code if closed.rcvd else 'abnormal'}")


if __name__ == "__main__":
    main()
