"""Tools: what is answered to JSON-RPC messages of the Model Context Protocol. No environment has tools."""

from __future__ import annotations

from typing import Any

INTERNAL_ERROR = -32603
PARSE_ERROR = -32700


def answer_tools(message: Any) -> dict[str, Any]:
    """The JSON-RPC answer to a message; what is no JSON object cannot be read."""
    if not isinstance(message, dict):
        return _failure(None, PARSE_ERROR, "Parse error")
    return _failure(message.get("id"), INTERNAL_ERROR, "Environment does not support MCP")


def _failure(id: Any, code: int, text: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": text, "data": None}}
