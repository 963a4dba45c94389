"""The environment itself, the jail that it runs code in, and the application that serves it."""
