"""A program that serves the game with plain uvicorn and its defaults; it prints the port."""

import socket

import uvicorn
from game import make_app  # type: ignore[import-not-found]  # beside this program


def main() -> None:
    """Serve until SIGTERM."""
    app = make_app()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
