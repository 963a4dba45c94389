"""The environment itself and the application that serves it."""
