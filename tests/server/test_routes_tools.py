"""The tools of an environment over HTTP."""

import pytest

from tests.server.environments import Counter


@pytest.mark.parametrize("mode", ["simulation", "production"])
def test_an_environment_without_tools_says_so_in_json_rpc(serve, mode):
    message = {"jsonrpc": "2.0", "id": 3, "method": "tools/list"}
    response = serve(Counter, mode=mode).post("/mcp", json=message)
    error = {"code": -32603, "message": "Environment does not support MCP", "data": None}
    assert (response.status_code, response.json()) == (200, {"jsonrpc": "2.0", "id": 3, "error": error})


@pytest.mark.parametrize("body", [b"{bad", b"[]", b"", b"\xff", b"[" * 100_000])
def test_what_is_no_message_is_refused_in_json_rpc(serve, body):
    response = serve(Counter).post("/mcp", content=body)
    error = {"code": -32700, "message": "Parse error", "data": None}
    assert (response.status_code, response.json()) == (200, {"jsonrpc": "2.0", "id": None, "error": error})
