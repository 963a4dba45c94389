"""What only the reference's interpreter runs: here ``openenv`` is the reference implementation."""
