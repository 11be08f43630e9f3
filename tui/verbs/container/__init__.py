"""Commands for containers."""
