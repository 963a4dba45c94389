"""The import paths that existing environments and trainers use give our objects."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

MAX_MODULES = 340
SERVER_ONLY = {"fastapi", "starlette", "uvicorn"}

ACTION = dict.fromkeys(("Action", "EnvironmentMetadata", "Observation", "State"), "openenv.contract.models")
INTERFACES = ACTION | {
    "Environment": "openenv.contract.environment",
    "Message": "openenv.contract.conversation",
    "ModelTokenizer": "openenv.contract.conversation",
    "TaskProvider": "openenv.contract.tasks",
    "Transform": "openenv.contract.transforms",
}
MESSAGES = (
    "BaseMessage CodeExecResult ConcurrencyConfig GetTaskRangeRequest GetTaskRequest HealthResponse HealthStatus "
    "ListTasksRequest NumTasksRequest ResetRequest ResetResponse SchemaResponse ServerCapacityStatus ServerMode "
    "SessionInfo StepRequest StepResponse WSErrorCode"
)
TYPES = ACTION | dict.fromkeys(MESSAGES.split(), "openenv.server.messages")
HTTP_SERVER = {
    "HTTPEnvServer": "openenv.server.env_server",
    "create_app": "openenv.server.app",
    "create_fastapi_app": "openenv.server.app",
}
EXCEPTIONS = {
    "ConcurrencyConfigurationError": "openenv.errors",
    "EnvironmentFactoryError": "openenv.errors",
    "OpenEnvError": "openenv.errors",
    "SessionCapacityError": "openenv.errors:CapacityError",
    "SessionCreationError": "openenv.errors:SessionError",
    "SessionNotFoundError": "openenv.errors:SessionError",
}
SERIALIZATION = {
    "deserialize_action": "openenv.server.serialization",
    "serialize_observation": "openenv.server.serialization",
}
TRANSFORMS = {
    "CompositeTransform": "openenv.contract.transforms",
    "NullTransform": "openenv.contract.transforms",
}
METADATA = {"load_environment_metadata": "openenv.sessions.metadata"}
RESULT = {"StepResult": "openenv.contract.results"}
CLIENT = {"EnvClient": "openenv.client.env_client"}
SYNC = {"SyncEnvClient": "openenv.client.sync"}
GENERIC = {"GenericAction": "openenv.client.generic", "GenericEnvClient": "openenv.client.generic"}
ENV_SERVER = TYPES | INTERFACES | HTTP_SERVER | EXCEPTIONS | SERIALIZATION | TRANSFORMS | METADATA

# Each path below `openenv.core` (and, the same, below `openenv_core`): its names, and where the object of each is.
PATHS: dict[str, dict[str, str]] = {
    "": ENV_SERVER | RESULT | CLIENT | SYNC | GENERIC,
    ".client_types": RESULT,
    ".env_client": CLIENT | RESULT,
    ".sync_client": SYNC,
    ".generic_client": GENERIC,
    ".env_server": ENV_SERVER,
    ".env_server.types": TYPES,
    ".env_server.interfaces": INTERFACES,
    ".env_server.http_server": HTTP_SERVER,
    ".env_server.exceptions": EXCEPTIONS,
    ".env_server.serialization": SERIALIZATION,
    ".env_server.base_transforms": TRANSFORMS,
    ".env_server.web_interface": METADATA,
}
TOP = {
    "AutoAction": "openenv.auto.auto_action",
    "AutoEnv": "openenv.auto.auto_env",
    **{name: PATHS[""][name] for name in ("GenericAction", "GenericEnvClient", "SyncEnvClient")},
}
OBJECTS = [("openenv", name, home) for name, home in TOP.items()]
OBJECTS += [
    (f"{root}{path}", name, home)
    for root in ("openenv.core", "openenv_core")
    for path, names in PATHS.items()
    for name, home in names.items()
]

# What the reference's `openenv.core` and `openenv.core.env_server` have beside these, by the part that brings it.
NOT_YET = {
    "the tools of environments (mcp)": (
        "CallToolAction CallToolObservation JsonRpcError JsonRpcErrorCode JsonRpcRequest JsonRpcResponse "
        "ListToolsAction ListToolsObservation MCPClientBase MCPEnvironment MCPToolClient McpMethod "
        "RESERVED_TOOL_NAMES Tool ToolError ToolErrorType WSMCPMessage WSMCPResponse"
    ),
    "language models (llm)": "AnthropicClient LLMClient LLMResponse OpenAIClient ToolCall create_llm_client",
    "the web page (web)": "WebInterfaceManager create_web_interface_app deserialize_action_with_preprocessing",
}
# Paths that come with the folders that own their objects.
NOT_YET_PATHS = {
    "containers (runtimes)": [".containers.runtime"],
    "the tools of environments (mcp)": [".env_server.mcp_environment", ".env_server.mcp_types", ".mcp_client"],
    "rewards (rewards)": [".rubrics"],
    "language models (llm)": [".llm_client"],
    "evaluation": [".harness", ".evals"],
}
# How the reference's server works inside: its messages on the wire and its table of routes.
NEVER = (
    "GetEndpointConfig WSCloseMessage WSErrorResponse WSIncomingMessage WSObservationResponse WSResetMessage "
    "WSStateMessage WSStateResponse WSStepMessage"
)


def home_of(name: str, home: str) -> object:
    module, _, attribute = home.partition(":")
    return getattr(import_module(module), attribute or name)


@pytest.mark.parametrize(("path", "name", "home"), OBJECTS, ids=lambda value: str(value))
def test_a_path_gives_our_object(path, name, home):
    assert getattr(import_module(path), name) is home_of(name, home)


@pytest.mark.parametrize("root", ["openenv.core", "openenv_core"])
@pytest.mark.parametrize("path", PATHS)
def test_a_path_lists_exactly_its_names(root, path):
    module = import_module(f"{root}{path}")
    assert set(module.__all__) == set(PATHS[path])
    assert set(PATHS[path]) <= set(dir(module))


@pytest.mark.parametrize("root", ["openenv.core", "openenv_core"])
@pytest.mark.parametrize("path", PATHS)
def test_a_star_import_brings_every_name(root, path):
    names: dict[str, object] = {}
    exec(f"from {root}{path} import *", names)
    assert set(PATHS[path]) <= set(names)


@pytest.mark.parametrize("name", [name for names in NOT_YET.values() for name in names.split()])
def test_a_name_that_is_to_come_is_not_there_yet(name):
    """Once it is, it belongs to the table above."""
    assert not hasattr(import_module("openenv.core"), name)


@pytest.mark.parametrize("path", [path for paths in NOT_YET_PATHS.values() for path in paths])
def test_a_path_that_is_to_come_is_not_there_yet(path):
    with pytest.raises(ModuleNotFoundError):
        import_module(f"openenv.core{path}")


@pytest.mark.parametrize("name", NEVER.split())
def test_the_inside_of_the_reference_s_server_is_not_offered(name):
    assert not hasattr(import_module("openenv.core.env_server"), name)


IMPORTS = {
    "the models": "from openenv.core.env_server.types import Action, Observation, State",
    "an environment": "from openenv.core.env_server import Environment, Transform, State",
    "a client": "from openenv.core import EnvClient, Action; from openenv.core.client_types import StepResult",
    "the older name": "from openenv_core.env_server.types import Action; from openenv_core import GenericEnvClient",
    "messages": "from openenv.core.env_server.types import ResetRequest, StepResponse, ServerMode",
    "errors": "from openenv.core.env_server.exceptions import SessionCapacityError",
    "serialization": "from openenv.core.env_server.serialization import serialize_observation",
}


@pytest.mark.parametrize("statement", IMPORTS.values(), ids=IMPORTS)
def test_importing_through_the_facade_loads_no_server(statement):
    program = f"{statement}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    modules = json.loads(done.stdout)
    assert SERVER_ONLY & set(modules) == set()
    assert len(modules) <= MAX_MODULES
