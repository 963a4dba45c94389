"""Failures: what an environment raised, logged, and as the reply to who asked."""

from __future__ import annotations

import logging
import threading

from openenv.errors import ExecutionError, ServerError
from openenv.wire.frames import OPERATIONS, Failure, Request

logger = logging.getLogger("openenv.sessions")


def failure_of(error: BaseException, request: Request, *, name: str) -> Failure:
    """The reply to a request that has raised. What is no error of ours is that of the environment (``name``), and
    logged with its traceback. KeyboardInterrupt where it is the user's."""
    if not isinstance(error, ServerError):
        let_ctrl_c_pass(error)
        logger.error("%s.%s raised", name, OPERATIONS[type(request)], exc_info=error)
        error = ExecutionError(text_of(error), type(error).__name__)
    return Failure.of(error, channel=request.channel, id=request.id)


def let_ctrl_c_pass(error: BaseException) -> None:
    """Whatever an environment raises is its own, but what Python raises in the main thread is the user's to decide."""
    if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
        raise error


def text_of(error: BaseException) -> str:
    """An exception's text, also when its ``__str__`` raises."""
    try:
        return str(error)
    except Exception:
        return f"<{type(error).__name__} whose text cannot be read>"
