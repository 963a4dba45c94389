"""Figures: ours beside the reference implementation and a raw echo, in the same run. ``python -m benchmarks`` takes them."""
