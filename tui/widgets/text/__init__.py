"""Pieces of styled text, and text that is typed."""
