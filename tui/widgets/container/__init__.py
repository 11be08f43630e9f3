"""Widgets of the container screen."""
