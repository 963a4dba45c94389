"""Quantities as a person reads them."""

from __future__ import annotations


def duration(seconds: float | None) -> str:
    """In the unit that leaves a digit before the point; a dash for None."""
    if seconds is None:
        return "–"
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.1f} {unit}"
    return f"{seconds * 1e6:.0f} µs"


def rate(per_second: float | None) -> str:
    """Steps a second; a dash for None."""
    if per_second is None:
        return "–"
    return f"{per_second:,.0f} steps/s" if per_second >= 10 else f"{per_second:.2f} steps/s"


def memory(size: int | None) -> str:
    """Megabytes; a dash for None."""
    return "–" if size is None else f"{size / 1e6:.1f} MB"
