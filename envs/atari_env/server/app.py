"""The application: ``uvicorn atari_env.server.app:app``."""

from atari_env.server.atari_environment import AtariEnvironment
from openenv import create_app

app = create_app(AtariEnvironment, env_name="atari-env")
