"""Floors: the least that does a case's work, without a framework. They say what a missed target could be at all."""
