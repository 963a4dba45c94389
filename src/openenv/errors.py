"""Every error that openenv raises, as one tree.

::

    OpenEnvError
    ├── ServerError (RuntimeError)              what a server answered; each has a code on the wire
    │   ├── InvalidMessage          INVALID_JSON        the message is not one of this protocol
    │   ├── UnknownMessageType      UNKNOWN_TYPE        the message has no known type
    │   ├── ValidationError         VALIDATION_ERROR    the message or the action has wrong fields
    │   ├── ExecutionError          EXECUTION_ERROR     the environment raised
    │   │   └── InvalidReward       INVALID_REWARD      the environment returned a reward that is no finite number
    │   ├── EnvironmentFactoryError FACTORY_ERROR       the environment could not be imported or constructed
    │   ├── CapacityError           CAPACITY_REACHED    no slot for one more session
    │   ├── ServerDraining          SERVER_DRAINING     the server ends and admits nobody
    │   ├── DeadlineExceeded        DEADLINE_EXCEEDED   an operation took longer than it was given (also a TimeoutError)
    │   ├── UnsupportedOperation    NOT_SUPPORTED       this environment, or this server's mode, has no such operation
    │   ├── InvalidTaskIndex        INVALID_INDEX       the split has no task with that index (also an IndexError)
    │   ├── SessionError            SESSION_ERROR       the session is unknown, closed or broken
    │   └── SessionCrashed          SESSION_CRASHED     the process of the session ended (also a SessionLost)
    ├── ConnectionFailed (ConnectionError)      what the connection did
    │   ├── ServerUnreachable                   nobody answers at the address
    │   ├── SessionLost                         the session is gone and its episode with it
    │   └── ProtocolError                       the peer broke the protocol
    ├── MessageTooLarge (ValueError)            a message over the size limit; it was not sent
    ├── UnknownEnvironment (LookupError)        no installed environment has that name
    ├── InvalidManifest (ValueError)            an ``openenv.yaml`` or a plug-in description that cannot be used
    ├── RuntimeUnavailable (RuntimeError)       what the chosen runtime needs is missing here
    ├── MissingExtra (ImportError)              an optional part of openenv is not installed
    ├── ClientClosed (RuntimeError)             the client was closed or belongs to another process or colour
    └── ConcurrencyConfigurationError (ValueError)  the limits on sessions contradict the environment
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class OpenEnvError(Exception):
    """Base of all errors of this library. They can be pickled, so that they pass from one process to another."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (type(self), self.args, self.__dict__.copy())


def _remade(kind: type[OpenEnvError], args: tuple[Any, ...], attributes: dict[str, Any]) -> OpenEnvError:
    """An error as it was, whatever its constructor takes."""
    error: OpenEnvError = BaseException.__new__(kind, *args) if not issubclass(kind, OSError) else OSError.__new__(kind)
    error.args = args
    error.__dict__.update(attributes)
    return error


class ServerError(OpenEnvError, RuntimeError):
    """A server answered with an error.

    ``code`` is the word on the wire; ``v1_code`` the nearest of the seven that protocol v1 knows; ``fatal`` says
    that the session ended with it; ``fields`` names the attributes that travel beside the message.
    """

    code: str = "SERVER_ERROR"
    v1_code: ClassVar[str | None] = None
    fatal: ClassVar[bool] = False
    fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def details(self) -> dict[str, Any]:
        """The fields that travel on the wire beside code and message."""
        return {name: value for name in self.fields if (value := getattr(self, name)) is not None}

    @classmethod
    def from_details(cls, message: str, details: Mapping[str, Any]) -> ServerError:
        """The error as the client raises it; fields that the server did not send keep their defaults."""
        return cls(message=message, **{name: details[name] for name in cls.fields if name in details})


class InvalidMessage(ServerError):
    """The message is no JSON object (v1) or no frame (v2)."""

    code = "INVALID_JSON"


class UnknownMessageType(ServerError):
    """The message's ``type`` is missing, no string, or none that the protocol knows."""

    code = "UNKNOWN_TYPE"


class ValidationError(ServerError):
    """Fields are missing, unknown or of the wrong type; ``errors`` lists them as pydantic does."""

    code = "VALIDATION_ERROR"
    fields = ("errors",)

    def __init__(self, message: str = "Invalid message", errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.errors = [dict(error) for error in errors]

    def __str__(self) -> str:
        found = [
            f"{'.'.join(map(str, error.get('loc', ()))) or 'value'}: {error.get('msg', '')}" for error in self.errors
        ]
        return "; ".join([self.message, *found])


class ExecutionError(ServerError):
    """The environment raised in ``reset``, ``step`` or ``state``. ``exception_type`` is the class's name (v2 only)."""

    code = "EXECUTION_ERROR"
    fields = ("exception_type",)

    def __init__(self, message: str, exception_type: str | None = None) -> None:
        super().__init__(message)
        self.exception_type = exception_type

    def __str__(self) -> str:
        return f"{self.exception_type}: {self.message}" if self.exception_type else self.message


class InvalidReward(ExecutionError):
    """The environment returned a reward that is neither None nor a finite number."""

    code = "INVALID_REWARD"
    v1_code = "EXECUTION_ERROR"


class EnvironmentFactoryError(ServerError):
    """The environment could not be imported or constructed; ``factory_name`` says which."""

    code = "FACTORY_ERROR"
    fatal = True
    fields = ("factory_name",)

    def __init__(self, factory_name: str = "", message: str | None = None) -> None:
        super().__init__(message or f"environment {factory_name!r} could not be created")
        self.factory_name = factory_name


class CapacityError(ServerError):
    """The server has no slot for one more session."""

    code = "CAPACITY_REACHED"
    fatal = True
    fields = ("active_sessions", "max_sessions")

    def __init__(self, active_sessions: int = 0, max_sessions: int = 0, message: str | None = None) -> None:
        super().__init__(message or f"server at capacity: {active_sessions} of {max_sessions} sessions are in use")
        self.active_sessions = active_sessions
        self.max_sessions = max_sessions


class ServerDraining(ServerError):
    """The server ends: it lets calls in flight end, and admits no session any more."""

    code = "SERVER_DRAINING"
    v1_code = "CAPACITY_REACHED"
    fatal = True


class DeadlineExceeded(ServerError, TimeoutError):
    """``operation`` (create, reset, step, …) took longer than ``timeout_s`` seconds, says the server or the client."""

    code = "DEADLINE_EXCEEDED"
    v1_code = "EXECUTION_ERROR"
    fields = ("operation", "timeout_s")

    def __init__(self, operation: str = "", *, timeout_s: float | None = None, message: str | None = None) -> None:
        within = "in time" if timeout_s is None else f"within {timeout_s:g} s"
        super().__init__(message or f"{operation} was not answered {within}")
        self.operation = operation
        self.timeout_s = timeout_s


class UnsupportedOperation(ServerError):
    """This environment, or the mode in which the server runs, has no such operation."""

    code = "NOT_SUPPORTED"
    v1_code = "UNKNOWN_TYPE"


class InvalidTaskIndex(ServerError, IndexError):
    """The split has no task with that index."""

    code = "INVALID_INDEX"
    v1_code = "EXECUTION_ERROR"


class SessionError(ServerError):
    """The session is unknown, closed or broken."""

    code = "SESSION_ERROR"
    fatal = True


class ConnectionFailed(OpenEnvError, ConnectionError):
    """The connection failed; nothing is known of the request in flight."""


class ServerUnreachable(ConnectionFailed):
    """Nobody answers at the address, or it is no environment server."""


class SessionLost(ConnectionFailed):
    """The session is gone, and its episode with it. ``reset`` and ``connect`` begin another, and no other call does."""


class ProtocolError(ConnectionFailed):
    """The peer sent what the protocol does not allow."""


class SessionCrashed(SessionLost, ServerError):
    """The process of the session ended: ``signal`` is its name (``SIGSEGV``), or ``exit_status`` its status."""

    code = "SESSION_CRASHED"
    v1_code = "SESSION_ERROR"
    fatal = True
    fields = ("signal", "exit_status")

    def __init__(self, message: str, signal: str | None = None, exit_status: int | None = None) -> None:
        super().__init__(message)
        self.signal = signal
        self.exit_status = exit_status


class MessageTooLarge(OpenEnvError, ValueError):
    """A message of ``size`` bytes is over the limit of ``max_size`` bytes; it was not sent."""

    def __init__(self, size: int, *, max_size: int) -> None:
        super().__init__(f"message of {size:,} bytes is over the limit of {max_size:,}; raise max_message_size_mb")
        self.size = size
        self.max_size = max_size


class UnknownEnvironment(OpenEnvError, LookupError):
    """No installed environment has that name."""


class InvalidManifest(OpenEnvError, ValueError):
    """An ``openenv.yaml`` or a plug-in's description cannot be used."""


class RuntimeUnavailable(OpenEnvError, RuntimeError):
    """What the chosen runtime needs is missing here."""


class MissingExtra(OpenEnvError, ImportError):
    """An optional part of openenv is not installed."""

    def __init__(self, what: str, *, extra: str) -> None:
        super().__init__(f"{what} is not installed; run: pip install 'openenv[{extra}]'")


class ClientClosed(OpenEnvError, RuntimeError):
    """The client was closed, is in use in the other colour, or was inherited through a fork."""


class ConcurrencyConfigurationError(OpenEnvError, ValueError):
    """The limits on sessions contradict each other or the environment."""


# The names under which existing code knows them.
SessionCapacityError = CapacityError
SessionCreationError = SessionError
SessionNotFoundError = SessionError


_BY_CODE: dict[str, type[ServerError]] = {
    kind.code: kind
    for kind in (
        InvalidMessage,
        UnknownMessageType,
        ValidationError,
        ExecutionError,
        InvalidReward,
        EnvironmentFactoryError,
        CapacityError,
        ServerDraining,
        DeadlineExceeded,
        UnsupportedOperation,
        InvalidTaskIndex,
        SessionError,
        SessionCrashed,
    )
}


def from_wire(code: str, message: str, details: Mapping[str, Any]) -> ServerError:
    """The class that the server raised, made again on the client; an unknown code gives a plain ServerError."""
    kind = _BY_CODE.get(code)
    if kind is not None:
        try:
            return kind.from_details(message, details)
        except (TypeError, ValueError):  # details of another shape than this class has
            return kind.from_details(message, {})
    error = ServerError(f"{code}: {message}")
    error.code = code
    return error
