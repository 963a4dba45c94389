"""What openenv knows of this environment before it imports any of it."""

from openenv.registry.description import EnvironmentDescription

environment = EnvironmentDescription(
    name="openspiel-env",
    summary="Plays the games of OpenSpiel",
    environment="openspiel_env.server.openspiel_environment:OpenSpielEnvironment",
    client="openspiel_env.client:OpenSpielEnv",
    action="openspiel_env.models:OpenSpielAction",
    observation="openspiel_env.models:OpenSpielObservation",
    state="openspiel_env.models:OpenSpielState",
    app="openspiel_env.server.app:app",
    example_policy="openspiel_env.example:policy",
)
