"""``python -m benchmarks``: figures beside the reference implementation and a raw echo, taken in the same run."""
