"""A container started, paused and ended."""
