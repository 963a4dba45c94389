"""The contract between environments, servers and clients: the types that all of them share."""
