"""The application of an echo environment that runs on the server's event loop, for ``uvicorn module:app``."""

from echo_env.server.echo_environment import EchoEnvironment
from openenv import create_app
from openenv.processes.parent_death import end_with_parent

end_with_parent()

app = create_app(EchoEnvironment, host_sessions="inline")
