"""Reverse Polish notation."""


def evaluate(text: str) -> list[int]:
    """The stack at the end."""
    raise NotImplementedError
