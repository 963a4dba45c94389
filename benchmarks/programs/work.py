"""Work that keeps a processor busy. The reference's programs do the same, so it needs nothing but Python's library."""


def work() -> int:
    """About 10 ms, which an interpreter does not share with another thread."""
    return sum(number * number for number in range(120_000))
