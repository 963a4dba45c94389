"""The application: ``uvicorn coding_env.server.app:app``."""

from coding_env.server.coding_environment import CodingEnvironment
from openenv import create_app

app = create_app(CodingEnvironment, env_name="coding-env")
