"""The order in which targets are built."""


def order(targets: dict[str, list[str]]) -> list[str]:
    """All targets, each behind those that it needs."""
    raise NotImplementedError
