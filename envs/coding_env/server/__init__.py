"""The environment itself, the interpreter that it runs code in, and the application that serves it."""
