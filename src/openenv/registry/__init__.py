"""The registry: which environments are installed, and where their parts are."""
