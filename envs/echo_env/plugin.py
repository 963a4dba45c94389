"""What openenv knows of this environment before it imports any of it."""

from openenv.registry.description import EnvironmentDescription

environment = EnvironmentDescription(
    name="echo-env",
    summary="Repeats what it is told",
    environment="echo_env.server.echo_environment:EchoEnvironment",
    client="echo_env.client:EchoEnv",
    action="echo_env.models:EchoAction",
    observation="echo_env.models:EchoObservation",
    state="echo_env.models:EchoState",
    app="echo_env.server.app:app",
    example_policy="echo_env.example:policy",
)
