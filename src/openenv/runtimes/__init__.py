"""Runtimes: bringing an environment up somewhere, and saying where it can be reached."""
