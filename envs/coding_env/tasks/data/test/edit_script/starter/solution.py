"""The shortest way from one text to another."""


def edits(before: str, after: str) -> list[list[str | int]]:
    """A shortest list of edits."""
    raise NotImplementedError
