"""Balanced brackets."""


def first_fault(text: str) -> int:
    """Where the brackets are not balanced, or -1."""
    raise NotImplementedError
