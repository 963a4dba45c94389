"""The programs inside a sandbox: the zygote, and of each session the keeper and the interpreter.

They run before and beside code that nobody trusts, and import the standard library and each other only, and
`openenv.settings` for the session's own environment variables.
"""
