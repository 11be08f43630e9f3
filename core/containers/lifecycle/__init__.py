"""Starts, pauses and ends containers."""
