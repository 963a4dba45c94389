"""A module whose import takes as long as a test likes: until it lets go of the pipe that a variable names."""

import os
from pathlib import Path

from tests.behaviour.pipes import hold
from tests.runtimes.forked import Forked

VARIABLE = "OPENENV_TEST_HELD_IMPORT"

if VARIABLE in os.environ:
    hold(Path(os.environ[VARIABLE]))


class Held(Forked): ...
