"""What the contestants' processes run. The reference's import ``rounds``, which needs nothing but Python's library."""
