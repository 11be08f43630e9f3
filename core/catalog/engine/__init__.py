"""A catalog as an engine that has images alone: listed, opened, searched, from what was recorded of them."""
