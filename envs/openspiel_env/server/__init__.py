"""The environment itself, what it is made of, and the application that serves it."""
