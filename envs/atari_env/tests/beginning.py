"""The beginning of a game, for processes that try all of them."""

from atari_env.server.atari_environment import AtariEnvironment


def beginning(game: str) -> tuple[int, ...] | str:
    """The shape of its first screen, or why it is refused."""
    try:
        return AtariEnvironment(game=game).reset().screen.shape
    except ValueError as error:
        return str(error)
