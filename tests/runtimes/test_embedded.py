"""The embedded runtime, where it is asked for what it cannot do."""

import pytest

from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

ECHO = NamedFactory("echo_env.server.echo_environment:EchoEnvironment")


@pytest.mark.parametrize(
    ("variables", "error"), [({"A": 1}, TypeError), ({"A": "b\0c"}, ValueError), ({"A=B": "c"}, ValueError)]
)
def test_variables_that_no_process_can_have_are_refused(variables, error):
    runtime = EmbeddedRuntime(ECHO, env_vars=variables)
    with pytest.raises(error):
        runtime.open()


def test_after_a_refusal_processes_start_as_before():
    with pytest.raises(TypeError):
        EmbeddedRuntime(ECHO, env_vars={"A": 1}).open()
    runtime = EmbeddedRuntime(ECHO)
    runtime.open().socket.close()
    runtime.close()
