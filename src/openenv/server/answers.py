"""Answers: bodies as JSON, and which HTTP status each error has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from pydantic_core import to_json as as_json

from openenv.errors import (
    CapacityError,
    DeadlineExceeded,
    EnvironmentFactoryError,
    ExecutionError,
    InvalidMessage,
    InvalidTaskIndex,
    ServerDraining,
    ServerError,
    SessionCrashed,
    SessionError,
    UnknownMessageType,
    UnsupportedOperation,
    ValidationError,
)
from openenv.wire.values import to_json

STATUS: dict[type[ServerError], int] = {
    InvalidMessage: 400,
    UnknownMessageType: 400,
    InvalidTaskIndex: 400,
    SessionError: 404,
    SessionCrashed: 410,
    ValidationError: 422,
    ExecutionError: 500,
    EnvironmentFactoryError: 500,
    ServerError: 500,
    UnsupportedOperation: 501,
    CapacityError: 503,
    ServerDraining: 503,
    DeadlineExceeded: 504,
}
"""The status of each error; a class that is not listed has that of its base."""

WITHOUT_CODE = (ValidationError, InvalidTaskIndex, UnsupportedOperation)
"""The errors that the reference answers too, with ``detail`` alone."""


def json_answer(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The body as JSON, as in protocol v1. ExecutionError when the environment put into it what has no form there."""
    try:
        content = as_json(body, fallback=to_json, inf_nan_mode="null")
    except (TypeError, ValueError, RecursionError) as error:
        raise ExecutionError(f"the environment's answer cannot be sent: {error}", type(error).__name__) from error
    return Response(content, status, headers, media_type="application/json")


def status_of(error: ServerError) -> int:
    """The HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


async def answer_error(request: Request, error: Exception) -> Response:
    """An error as a response: ``detail`` is its text, or the list of what is wrong with fields; ``code`` its code."""
    assert isinstance(error, ServerError)
    text = error.message.encode(errors="backslashreplace").decode()
    detail = error.errors if isinstance(error, ValidationError) else text
    body: dict[str, Any] = {"detail": detail}
    if not isinstance(error, WITHOUT_CODE):
        body["code"] = error.code
    return json_answer(body, status=status_of(error))
