"""The application: ``uvicorn openspiel_env.server.app:app``."""

from openenv import create_app
from openspiel_env.server.openspiel_environment import OpenSpielEnvironment

app = create_app(OpenSpielEnvironment, env_name="openspiel-env")
