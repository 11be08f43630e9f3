"""Texts whose characters are two cells wide."""
