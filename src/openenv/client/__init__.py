"""Clients: one session of an environment, wherever it runs."""
