"""The application: ``uvicorn echo_env.server.app:app``."""

from echo_env.server.echo_environment import EchoEnvironment
from openenv import create_app

app = create_app(EchoEnvironment, env_name="echo-env")
