"""An example policy: what to do in a short episode that shows the environment."""

from collections.abc import Iterator

from atari_env.models import AtariAction

MOVES = (1, 2, 2, 2, 3, 3, 0, 2)


def policy() -> Iterator[AtariAction]:
    """The actions of the first half second of pong: serve, then up and down."""
    return (AtariAction(action_id=move) for move in MOVES)
