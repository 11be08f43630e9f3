"""The small static program that bubblewrap runs first, and that becomes the container's command."""
