"""An environment that cannot be imported or made: an error that names it and says why."""

import pytest

from openenv import GenericEnvClient
from openenv.errors import EnvironmentFactoryError
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.behaviour.living import LookEnv
from tests.behaviour.places import embedded, everywhere, in_a_process_of_its_own
from tests.behaviour.unruly import Stillborn, Vanishing


@everywhere
async def test_a_constructor_that_raises_is_a_factory_error_with_the_cause(place):
    env = place.client(Stillborn, LookEnv)
    with pytest.raises(EnvironmentFactoryError) as raised:
        await env.reset()
    await env.close()
    assert (raised.value.factory_name, str(raised.value)) == (
        "Stillborn",
        "Stillborn could not be created: FileNotFoundError: the level file is missing",
    )


@in_a_process_of_its_own
async def test_a_constructor_that_ends_the_process_is_a_factory_error_with_its_last_words(place):
    env = place.client(Vanishing, LookEnv)
    with pytest.raises(EnvironmentFactoryError, match="exit status 5\nthe driver is too old") as raised:
        await env.reset()
    await env.close()
    assert raised.value.factory_name.rpartition(":")[2] == "Vanishing"


def import_failure(place, module: str):
    """A client of an environment in a module that cannot be imported."""
    runtime = EmbeddedRuntime(NamedFactory(f"tests.behaviour.broken.{module}:Environment"))
    return place.colour.face(GenericEnvClient(provider=runtime))


@embedded
@pytest.mark.parametrize(
    ("module", "last_words"),
    [
        ("lacks_a_module", "ModuleNotFoundError: No module named 'no_such_engine'"),
        ("prints_and_exits", "no licence found"),
        ("ends_at_once", "I was about to load the library"),
        ("is_not_there", "ModuleNotFoundError: No module named 'tests.behaviour.broken.is_not_there'"),
    ],
)
async def test_a_module_that_cannot_be_imported_is_a_factory_error_with_its_name_and_its_last_words(
    place, module, last_words
):
    env = import_failure(place, module)
    with pytest.raises(EnvironmentFactoryError) as raised:
        await env.reset()
    await env.close()
    assert raised.value.factory_name == f"tests.behaviour.broken.{module}:Environment"
    assert module in str(raised.value)
    assert last_words in str(raised.value)


@embedded
async def test_a_factory_that_no_other_process_can_find_is_refused_with_a_reason(place):
    def local() -> Stillborn:
        return Stillborn()

    env = place.client(local, LookEnv)
    with pytest.raises(TypeError, match="cannot be sent to another process"):
        await env.reset()
    await env.close()
