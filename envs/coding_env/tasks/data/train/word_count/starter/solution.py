"""Prints the most frequent words of its input."""
