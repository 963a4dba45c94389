"""Sessions: one live environment each, what its four operations mean, and where it runs."""
