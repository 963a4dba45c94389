"""The server: an ASGI application that makes sessions of one environment reachable."""
