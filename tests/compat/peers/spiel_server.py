"""Our OpenSpiel environment, told by the reference's variables what is played."""

import os
from typing import Any

VARIABLES = {"OPENSPIEL_GAME": "tic_tac_toe", "OPENSPIEL_AGENT_PLAYER": "1", "OPENSPIEL_OPPONENT_POLICY": "last"}


def make_app() -> Any:
    """As its module has it."""
    os.environ.update(VARIABLES)
    from openspiel_env.server.app import app

    return app
