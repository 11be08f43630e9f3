"""Comparisons as text, JSON, Markdown, HTML or a patch."""
