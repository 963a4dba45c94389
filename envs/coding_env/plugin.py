"""What openenv knows of this environment before it imports any of it."""

from openenv.registry.description import EnvironmentDescription

environment = EnvironmentDescription(
    name="coding-env",
    summary="Runs Python code and shell commands in a sandbox",
    environment="coding_env.server.coding_environment:CodingEnvironment",
    client="coding_env.client:CodingEnv",
    action="coding_env.models:CodeAction",
    observation="coding_env.models:CodeObservation",
    state="coding_env.models:CodeState",
    app="coding_env.server.app:app",
    example_policy="coding_env.example:policy",
)
