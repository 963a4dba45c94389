"""The order in which targets are built."""

import heapq


def order(targets: dict[str, list[str]]) -> list[str]:
    """All targets, each behind those that it needs."""
    needs = {name: set(needed) for name, needed in targets.items()}
    for needed in list(needs.values()):
        for name in needed:
            needs.setdefault(name, set())
    needed_by: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for other in needed:
            needed_by[other].append(name)
    ready = [name for name, needed in needs.items() if not needed]
    heapq.heapify(ready)
    built: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        built.append(name)
        for other in needed_by[name]:
            needs[other].discard(name)
            if not needs[other]:
                heapq.heappush(ready, other)
    if len(built) < len(needs):
        raise ValueError("targets need each other")
    return built
