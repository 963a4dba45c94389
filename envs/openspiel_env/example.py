"""An example policy: what to do in a short episode that shows the environment."""

from collections.abc import Iterator

from openspiel_env.models import OpenSpielAction

MOVES = (2, 1, 0, 0, 1, 2, 1, 1, 0)
"""Left, stay or right, until the ball of the game of catch is down."""


def policy() -> Iterator[OpenSpielAction]:
    """The actions of one episode."""
    return (OpenSpielAction(action_id=move) for move in MOVES)
