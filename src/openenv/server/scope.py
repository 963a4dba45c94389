"""The ASGI scope of a WebSocket, from the request for the upgrade."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote

from uvicorn.config import Config


def scope_of(head: bytes, transport: asyncio.Transport, config: Config, app_state: dict[str, Any]) -> dict[str, Any]:
    """ASGI's description of the connection. Uvicorn has parsed and rewritten the request already."""
    request, *lines = head.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    target = request.split(b" ")[1]
    raw_path, _, query = target.partition(b"?")
    pairs = (line.partition(b":") for line in lines)
    headers = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
    offered = b",".join(value for name, value in headers if name == b"sec-websocket-protocol").decode("latin-1")
    path = unquote(raw_path.decode("ascii"))
    return {
        "type": "websocket",
        "asgi": {"version": config.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if transport.get_extra_info("sslcontext") else "ws",
        "server": _address(transport.get_extra_info("sockname")),
        "client": _address(transport.get_extra_info("peername")),
        "root_path": config.root_path,
        "path": config.root_path + path,
        "raw_path": config.root_path.encode() + raw_path,
        "query_string": query,
        "headers": headers,
        "subprotocols": [name.strip() for name in offered.split(",") if name.strip()],
        "state": app_state.copy(),
    }


def _address(found: Any) -> tuple[str, int] | None:
    return (str(found[0]), int(found[1])) if isinstance(found, tuple) else None
