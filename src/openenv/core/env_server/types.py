"""The models of environments and of the server's messages."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.contract.models import Action as Action
    from openenv.contract.models import EnvironmentMetadata as EnvironmentMetadata
    from openenv.contract.models import Observation as Observation
    from openenv.contract.models import State as State
    from openenv.server.messages import BaseMessage as BaseMessage
    from openenv.server.messages import CodeExecResult as CodeExecResult
    from openenv.server.messages import ConcurrencyConfig as ConcurrencyConfig
    from openenv.server.messages import GetTaskRangeRequest as GetTaskRangeRequest
    from openenv.server.messages import GetTaskRequest as GetTaskRequest
    from openenv.server.messages import HealthResponse as HealthResponse
    from openenv.server.messages import HealthStatus as HealthStatus
    from openenv.server.messages import ListTasksRequest as ListTasksRequest
    from openenv.server.messages import NumTasksRequest as NumTasksRequest
    from openenv.server.messages import ResetRequest as ResetRequest
    from openenv.server.messages import ResetResponse as ResetResponse
    from openenv.server.messages import SchemaResponse as SchemaResponse
    from openenv.server.messages import ServerCapacityStatus as ServerCapacityStatus
    from openenv.server.messages import ServerMode as ServerMode
    from openenv.server.messages import SessionInfo as SessionInfo
    from openenv.server.messages import StepRequest as StepRequest
    from openenv.server.messages import StepResponse as StepResponse
    from openenv.server.messages import WSErrorCode as WSErrorCode
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "Action": "openenv.contract.models",
            "BaseMessage": "openenv.server.messages",
            "CodeExecResult": "openenv.server.messages",
            "ConcurrencyConfig": "openenv.server.messages",
            "EnvironmentMetadata": "openenv.contract.models",
            "GetTaskRangeRequest": "openenv.server.messages",
            "GetTaskRequest": "openenv.server.messages",
            "HealthResponse": "openenv.server.messages",
            "HealthStatus": "openenv.server.messages",
            "ListTasksRequest": "openenv.server.messages",
            "NumTasksRequest": "openenv.server.messages",
            "Observation": "openenv.contract.models",
            "ResetRequest": "openenv.server.messages",
            "ResetResponse": "openenv.server.messages",
            "SchemaResponse": "openenv.server.messages",
            "ServerCapacityStatus": "openenv.server.messages",
            "ServerMode": "openenv.server.messages",
            "SessionInfo": "openenv.server.messages",
            "State": "openenv.contract.models",
            "StepRequest": "openenv.server.messages",
            "StepResponse": "openenv.server.messages",
            "WSErrorCode": "openenv.server.messages",
        },
    )
