"""An image's Dockerfile, as text and JSON."""
