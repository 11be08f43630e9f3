"""Widgets: they show values and post messages, and call nothing in the core."""
