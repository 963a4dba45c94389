"""What is said and what comes back."""

from openenv import Action, Observation, State


class EchoAction(Action):
    """Say something."""

    message: str


class EchoObservation(Observation):
    """What was said, and its length in characters."""

    echoed_message: str
    message_length: int


class EchoState(State):
    """The episode and the last message."""

    last_message: str | None = None
