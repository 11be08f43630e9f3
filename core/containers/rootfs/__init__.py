"""The files of a container as its process sees them: read and changed, running or not."""
