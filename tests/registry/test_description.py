"""The description of an environment: names of its parts, each as ``module:attribute``."""

import pytest

from openenv.errors import InvalidManifest
from openenv.registry.description import EnvironmentDescription

PARTS = {"environment": "a:B", "client": "a:C", "action": "a:D", "observation": "a:E"}


def test_what_is_optional_is_left_out():
    description = EnvironmentDescription(name="x-env", **PARTS)
    left_out = (description.state, description.app, description.example_policy, description.summary)
    assert left_out == (None, None, None, "")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_without_an_attribute_is_refused(part):
    with pytest.raises(InvalidManifest, match=f"x-env: {part} is 'a.b'; write module:attribute"):
        EnvironmentDescription(name="x-env", **{**PARTS, part: "a.b"})
