"""A program that serves the game, or the module that it is told, with plain uvicorn; it prints the port."""

import importlib
import socket
import sys

import uvicorn


def main() -> None:
    """Serve until SIGTERM."""
    (name,) = sys.argv[1:] or ["game"]
    app = importlib.import_module(name).make_app()  # beside this program
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
