"""A comparison as text, JSON, Markdown, HTML or a patch."""
