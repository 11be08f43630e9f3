"""Upkeep of the embedded engine: its containers checked and swept, its store measured, its changes and events."""
