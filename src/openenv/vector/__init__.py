"""Many episodes at once: one call steps them all, or gives those that finish first."""
