"""Justified text."""


def justify(text: str, width: int) -> list[str]:
    """The lines of the text, each of that width."""
    raise NotImplementedError
