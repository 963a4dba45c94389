"""Addresses: from what a person writes to the URL of the WebSocket."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from websockets.extensions import ClientExtensionFactory

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


def websocket_url(base_url: str) -> str:
    """``http://host:port`` and its like, with ``/ws`` behind. ValueError when it is no such URL."""
    parts = urlsplit(base_url)
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise ValueError(f"{base_url!r} is no server's address; write http://host:port or https://host")
    path = parts.path.rstrip("/")
    path = path if path.endswith("/ws") else f"{path}/ws"
    return urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, parts.query, ""))


def is_loopback(url: str) -> bool:
    """The URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def extensions_for(url: str) -> list[ClientExtensionFactory] | None:
    """Compression pays across a network only. None, since an empty list makes an empty header, which servers refuse."""
    if is_loopback(url):
        return None
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

    return [ClientPerMessageDeflateFactory(compress_settings={"memLevel": 5})]
