"""What environments and their servers are made of."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.contract.conversation import Message as Message
    from openenv.contract.conversation import ModelTokenizer as ModelTokenizer
    from openenv.contract.environment import Environment as Environment
    from openenv.contract.models import Action as Action
    from openenv.contract.models import EnvironmentMetadata as EnvironmentMetadata
    from openenv.contract.models import Observation as Observation
    from openenv.contract.models import State as State
    from openenv.contract.tasks import TaskProvider as TaskProvider
    from openenv.contract.transforms import CompositeTransform as CompositeTransform
    from openenv.contract.transforms import NullTransform as NullTransform
    from openenv.contract.transforms import Transform as Transform
    from openenv.errors import ConcurrencyConfigurationError as ConcurrencyConfigurationError
    from openenv.errors import EnvironmentFactoryError as EnvironmentFactoryError
    from openenv.errors import OpenEnvError as OpenEnvError
    from openenv.errors import SessionCapacityError as SessionCapacityError
    from openenv.errors import SessionCreationError as SessionCreationError
    from openenv.errors import SessionNotFoundError as SessionNotFoundError
    from openenv.server.app import create_app as create_app
    from openenv.server.app import create_fastapi_app as create_fastapi_app
    from openenv.server.env_server import HTTPEnvServer as HTTPEnvServer
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
    from openenv.server.serialization import deserialize_action as deserialize_action
    from openenv.server.serialization import serialize_observation as serialize_observation
    from openenv.sessions.metadata import load_environment_metadata as load_environment_metadata
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "Action": "openenv.contract.models",
            "BaseMessage": "openenv.server.messages",
            "CodeExecResult": "openenv.server.messages",
            "CompositeTransform": "openenv.contract.transforms",
            "ConcurrencyConfig": "openenv.server.messages",
            "ConcurrencyConfigurationError": "openenv.errors",
            "Environment": "openenv.contract.environment",
            "EnvironmentFactoryError": "openenv.errors",
            "EnvironmentMetadata": "openenv.contract.models",
            "GetTaskRangeRequest": "openenv.server.messages",
            "GetTaskRequest": "openenv.server.messages",
            "HTTPEnvServer": "openenv.server.env_server",
            "HealthResponse": "openenv.server.messages",
            "HealthStatus": "openenv.server.messages",
            "ListTasksRequest": "openenv.server.messages",
            "Message": "openenv.contract.conversation",
            "ModelTokenizer": "openenv.contract.conversation",
            "NullTransform": "openenv.contract.transforms",
            "NumTasksRequest": "openenv.server.messages",
            "Observation": "openenv.contract.models",
            "OpenEnvError": "openenv.errors",
            "ResetRequest": "openenv.server.messages",
            "ResetResponse": "openenv.server.messages",
            "SchemaResponse": "openenv.server.messages",
            "ServerCapacityStatus": "openenv.server.messages",
            "ServerMode": "openenv.server.messages",
            "SessionCapacityError": "openenv.errors",
            "SessionCreationError": "openenv.errors",
            "SessionInfo": "openenv.server.messages",
            "SessionNotFoundError": "openenv.errors",
            "State": "openenv.contract.models",
            "StepRequest": "openenv.server.messages",
            "StepResponse": "openenv.server.messages",
            "TaskProvider": "openenv.contract.tasks",
            "Transform": "openenv.contract.transforms",
            "WSErrorCode": "openenv.server.messages",
            "create_app": "openenv.server.app",
            "create_fastapi_app": "openenv.server.app",
            "deserialize_action": "openenv.server.serialization",
            "load_environment_metadata": "openenv.sessions.metadata",
            "serialize_observation": "openenv.server.serialization",
        },
    )
