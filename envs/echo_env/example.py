"""An example policy: what to do in a short episode that shows the environment."""

from collections.abc import Iterator

from echo_env.models import EchoAction

WORDS = ("hello", "a longer message", "naïve ☃ text", "good-bye")


def policy() -> Iterator[EchoAction]:
    """The actions of one episode."""
    return (EchoAction(message=word) for word in WORDS)
