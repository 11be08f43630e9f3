"""Widgets: they show values, and ask nobody."""
