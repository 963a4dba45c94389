"""Our Atari environment, told by the reference's variables what is played."""

import os
from typing import Any

VARIABLES = {
    "ATARI_GAME": "breakout",
    "ATARI_OBS_TYPE": "grayscale",
    "ATARI_FULL_ACTION_SPACE": "true",
    "ATARI_FRAMESKIP": "3",
    "ATARI_MODE": "4",
    "ATARI_DIFFICULTY": "1",
}


def make_app() -> Any:
    """As its module has it."""
    os.environ.update(VARIABLES)
    from atari_env.server.app import app

    return app
