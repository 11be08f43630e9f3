"""The small static program that bubblewrap runs first, and that executes the container's command."""
