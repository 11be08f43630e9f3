"""Merged layer tables: the timeline, the Views of it, and the origin of a path."""
