"""What openenv knows of this environment before it imports any of it."""

from openenv.registry.description import EnvironmentDescription

environment = EnvironmentDescription(
    name="atari-env",
    summary="Atari 2600 games, on the Arcade Learning Environment",
    environment="atari_env.server.atari_environment:AtariEnvironment",
    client="atari_env.client:AtariEnv",
    action="atari_env.models:AtariAction",
    observation="atari_env.models:AtariObservation",
    state="atari_env.models:AtariState",
    app="atari_env.server.app:app",
    example_policy="atari_env.example:policy",
)
