"""From the name of an environment to its client, its runtime and its action."""
