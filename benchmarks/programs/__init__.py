"""What the contestants' processes run. ``rounds`` also runs beside the reference: it imports nothing but Python's own."""
