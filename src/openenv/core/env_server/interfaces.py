"""What an author of environments implements."""

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
    from openenv.contract.transforms import Transform as Transform
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "Action": "openenv.contract.models",
            "Environment": "openenv.contract.environment",
            "EnvironmentMetadata": "openenv.contract.models",
            "Message": "openenv.contract.conversation",
            "ModelTokenizer": "openenv.contract.conversation",
            "Observation": "openenv.contract.models",
            "State": "openenv.contract.models",
            "TaskProvider": "openenv.contract.tasks",
            "Transform": "openenv.contract.transforms",
        },
    )
