"""Merging of intervals."""


def merge(intervals: list[list[int]]) -> list[list[int]]:
    """The shortest list that covers the same points, ordered by begin."""
    merged: list[list[int]] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([begin, end])
    return merged
